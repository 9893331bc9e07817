import type { Flavour } from './flavour.js'
import type { Installation } from './installation.js'
import type { Log } from './log.js'

export type Source = 'url' | 'path' | 'docker' | 'packages'

/** A program of this machine. */
export interface InstalledOrigin {
  source: 'path' | 'packages'
  installation: Installation
}

/** Where a server is going to come from. */
export type Origin = { source: 'url'; url: string } | InstalledOrigin | { source: 'docker'; service: string }

export interface WayContext {
  env: NodeJS.ProcessEnv
  log: Log
  /** The version that the caller asks of Docker. */
  version?: string | undefined
}

/** One way to get at a server. It throws when it was clearly asked for and cannot deliver. */
export interface Way<Kind = Flavour, Found = Origin> {
  source: Source
  /** Says in the error that lists all ways what would make this one work. */
  description: (kind: Kind) => string
  find: (kind: Kind, context: WayContext) => Promise<Found | NotHere>
}

/** Why a way does not apply on this machine. */
export interface NotHere {
  reason: string
}
