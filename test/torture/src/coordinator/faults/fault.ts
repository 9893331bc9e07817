import type { Phase } from '../../history/events.js'
import type { Field, Victim } from '../field.js'

/** Undoes what a fault did. */
export type Relief = () => Promise<void> | void

/** A way to make things go wrong. */
export interface Fault {
  readonly lane: LaneName
  /** Which calls it can be aimed at. */
  readonly phases: readonly Phase[]
  /** Whom it is about: the victim's session, its worker, or everybody. */
  readonly scope: 'session' | 'worker' | 'everybody'
  readonly needsClock?: boolean
  /** Comes to nothing when the server goes meanwhile: this and what strikes the server wait for each other. */
  readonly needsServer?: boolean
  /** Only victims for which this is true. Default: all. */
  readonly suits?: (victim: Victim) => boolean
  /** Between the strike and the relief, in milliseconds; 0: there is nothing to relieve. */
  readonly lastsMs: number
  /** Whether the lane goes on meanwhile. */
  readonly runsBeside?: boolean
  /** Strikes. Answers how to undo it. */
  strike(field: Field, victim: Victim, phase: Phase): Promise<Relief | void> | Relief | void
}

/** Faults of one lane come one after the other: `server` for everybody, `process` for whole workers, `session` for single sessions. */
export type LaneName = 'server' | 'process' | 'session'

export const ALL_PHASES: readonly Phase[] = ['holding', 'waiting', 'committing']
