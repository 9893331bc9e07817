/** What a statement is, for faults that are to hit one of a kind. */
export type StatementKind =
  | 'GET_LOCK'
  | 'RELEASE_LOCK'
  | 'BEGIN'
  | 'INSERT'
  | 'COMMIT'
  | 'ROLLBACK'
  | 'SET'
  | 'PING'
  | 'look'

/** What goes wrong with a statement. */
export type FaultKind =
  /** The connection is cut before the statement arrives; the server sees that later. */
  | 'cut'
  /** It is executed, and the connection is cut before the answer; the server sees that later. */
  | 'unanswered'
  /** The server ends the session instead; this side sees that later. */
  | 'killed'
  /** The server answers with an error, and nothing has happened. */
  | 'error'
  /** Nothing comes for a long time, and then the connection is found dead. */
  | 'silent'

/** One thing that goes wrong: with the `nth` statement of a kind, counted over all connections. */
export interface Fault {
  readonly on: StatementKind
  readonly nth: number
  readonly how: FaultKind
}

/** One call. `at` is the step of the schedule from which on it may be made. */
export interface CallPlan {
  readonly at: number
  readonly process: number
  readonly kind: 'withLock' | 'tryWithLock' | 'acquire' | 'tryAcquire'
  readonly name: string | readonly string[]
  readonly timeoutMs: number
  readonly holdTimeoutMs: number
  readonly orphanTimeoutMs: number | undefined
  /** When its signal may be aborted; `undefined` for a call without a signal. */
  readonly abortAt: number | undefined
  /** A lock that its callback takes besides, in the same transaction. */
  readonly joins: { readonly name: string; readonly orphanTimeoutMs: number | undefined } | undefined
  /** Whether the callback throws. */
  readonly fails: boolean
  /** How often an acquired lock is released at once; once more follows later. */
  readonly releases: number
}

/** Something that happens besides the calls and the statements. */
export interface Event {
  readonly at: number
  readonly what:
    | { readonly clockMs: number }
    | { readonly close: number }
    /** A connection that is cut, or a session that the server ends, by its number among those that were opened. */
    | { readonly cut: number }
    | { readonly kill: number }
}

/** Everything that is not left to the scheduler. */
export interface Scenario {
  /** Sources, each with a pool of its own, on one server. */
  readonly processes: number
  readonly poolSize: number
  readonly handOverMs: number
  /** Whether transactions are chained (`COMMIT AND CHAIN`). */
  readonly chains: boolean
  /** When a program that has the key of `a` at the beginning may give it back; `undefined` when none has. */
  readonly strangerUntil: number | undefined
  /** Whether a driver rejects what waits for an answer on a connection that this side closes, or drops it without a word. */
  readonly rejectsSevered: boolean
  /** Whether a driver tells that a connection is lost some time after the statements on it have failed, or at once. */
  readonly tellsLate: boolean
  readonly calls: readonly CallPlan[]
  readonly faults: readonly Fault[]
  readonly events: readonly Event[]
  /** Microtasks that pass from one step to the next, 0 for none; once they are used up, everything settles in between. */
  readonly gaps: readonly number[]
}
