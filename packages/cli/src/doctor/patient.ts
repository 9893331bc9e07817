import type { ServerFacts } from '@ormutex/core/sql'
import type { Identity } from './identity.js'
import type { Locking } from './locking.js'
import type { Session } from './sessions.js'
import type { Settings } from './settings.js'

/** One connection of several that were opened alike, and which server it has reached. */
export interface Witness extends Session {
  readonly identity: Identity
}

/** What every check can ask. */
export interface Patient {
  /** For people, without a password: `app@db-1:3306`. */
  readonly target: string
  /** As it was given; `undefined` for a socket on this machine. */
  readonly host: string | undefined
  readonly allowNodeLocalLocks: boolean
  readonly facts: ServerFacts
  readonly settings: Settings
  readonly locking: Locking
  /** The first is the one that the facts are from. */
  readonly witnesses: readonly [Witness, Witness, ...Witness[]]
  /** One more connection, which lasts no longer than the examination. */
  readonly open: () => Promise<Witness>
}
