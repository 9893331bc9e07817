import type { Access, PoolState } from '../applications/application.js'
import type { Adapter } from '../applications/sources.js'
import type { Phase } from '../history/events.js'

/** What a worker is told when it begins. */
export interface WorkerStart {
  /** `w1`; one that was killed is followed by another of that name. */
  readonly name: string
  /** How many of that name there were before. */
  readonly incarnation: number
  /** Where it writes its part of the history. */
  readonly folder: string
  readonly seed: number
  readonly server: 'mysql' | 'mariadb'
  readonly adapters: readonly Adapter[]
  /** With the name and the role of a connection as its user: see `accounts.ts`. */
  readonly access: Omit<Access, 'user'>
  /** Whether nobody asks for a further lock but in the order of the names: then no deadlock is possible. */
  readonly isOrderly: boolean
}

/** From the coordinator to a worker, which answers each with one report. */
export type Order =
  | { readonly type: 'open'; readonly start: WorkerStart }
  | { readonly type: 'begin' }
  /** Takes every connection of every pool for a while. */
  | { readonly type: 'exhaust'; readonly ms: number }
  /** Sets what the process takes for the time of day, by so much from what it is. */
  | { readonly type: 'clock'; readonly offsetMs: number }
  /** Begins no further calls; answered when the last has settled. */
  | { readonly type: 'finish' }
  | { readonly type: 'inspect' }
  /** Takes every lock once on every pool, and writes into the history whether that can be done. */
  | { readonly type: 'try-all' }
  /** Writes into the history what `inspect` answers. */
  | { readonly type: 'record' }
  | { readonly type: 'close' }

export interface Inspection {
  readonly pools: readonly PoolState[]
  readonly running: readonly string[]
}

export interface Report {
  /** Of the order that it answers. */
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** Unasked: a fault of the worker's own making has struck one of its calls. */
export interface Struck {
  readonly struck: { readonly kind: string; readonly phase: Phase }
}

/** Unasked: a call does not know whether it has committed. */
export interface Unknown {
  readonly unknown: string
}
