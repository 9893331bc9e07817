import type { Access } from './access.js'

/** What contenders connect to. */
export interface ServerAddresses {
  database: Access
  /** `redis://…`; there when a contender needs it. */
  redis?: string
  /** `postgresql://…`; there when a contender needs it. */
  postgresql?: string
}

export type ServerKind = keyof ServerAddresses

/** Something that gives one at a time the right to go on: ormutex, what one would write by hand, or another package. */
export interface Contender {
  id: string
  /** How tables and charts call it. */
  name: string
  kind: 'ormutex' | 'by hand' | 'package'
  needs: readonly ServerKind[]
  /** What it does, and with which settings, for a person. */
  how: string
  /** Where those settings come from. */
  from: string
  /** Longest time between two attempts, in milliseconds, of one that waits by asking again and again. */
  pollMs?: number
  /** How many connections its pool keeps open besides those that are in use, where it does that. */
  idleConnections?: number
  /** @param poolSize how many connections each of its pools may open */
  open(servers: ServerAddresses, poolSize: number): Promise<Client>
}

/** A contender, connected. A call that rejects counts as a failure of its own kind: it was not granted. */
export interface Client {
  /** Waits for the lock and holds it, with no transaction open as far as the contender can do that. */
  acquire(name: string): Promise<Held>
  /**
   * Runs a transaction of one UPDATE, of the row `name` in `counters`, under the lock `name`. Who has no lock but the row's
   * own needs that row for `acquire`, too.
   */
  update(name: string, section: Section): Promise<void>
  /** An ordinary query on the same pool. */
  read?(name: string): Promise<void>
  close(): Promise<void>
}

export interface Held {
  release(): Promise<unknown>
}

/** Is told when the critical section of an `update` begins and ends. */
export interface Section {
  /** With the grant. */
  entered(): void
  /** Before anything that gives the lock back is sent. */
  left(): void
}
