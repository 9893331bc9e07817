/** What a call is for. */
export type CallKind =
  /** `withNamedLock`, `$mutex`: a transaction on the lock's own connection. */
  | 'transaction'
  /** The same through `tryWithNamedLock`, `$tryMutex`. */
  | 'try'
  /** A transaction of the ORM's own that the lock joins; it lasts until that has ended. */
  | 'joined'
  /** `acquireNamedLock` beside a transaction of the ORM's own, which carries the lock's token and is refused with an old one. */
  | 'fenced'
  /** `acquireNamedLock`, `tryAcquireNamedLock` with nothing written to the database. */
  | 'held'

/** At which moment of a call a fault struck. */
export type Phase = 'holding' | 'waiting' | 'committing'

export const PHASES: readonly Phase[] = ['holding', 'waiting', 'committing']

/** In every event. */
interface Stamp {
  /** Milliseconds, with fractions, on the machine's monotonic clock: comparable between its processes. */
  readonly at: number
  readonly pid: number
  readonly seed: number
  /** Who writes: `coordinator`, or a worker: `w1`. A worker that was killed is followed by another of that name. */
  readonly by: string
}

/** The first of a history. */
export interface RunEvent extends Stamp {
  readonly type: 'run'
  readonly server: 'mysql' | 'mariadb'
  /** What `SELECT VERSION()` answered. */
  readonly version: string
  readonly seconds: number
  readonly adapters: readonly string[]
  /** Names whose commits a row with the highest token guards, besides the lock; only calls of kind `fenced` write to them. */
  readonly fencedNames: readonly string[]
  /** Whether every call asks for further locks in the order of the names only, so that no deadlock is possible. */
  readonly isOrderly: boolean
  /** All names; each has a counter that starts at 0. */
  readonly names: readonly string[]
  /** What has to have struck, or the run proves nothing. */
  readonly requires: readonly { readonly kind: string; readonly phase: Phase }[]
  /** Fewest acquisitions of a run that proves anything. */
  readonly leastAcquisitions: number
  /** Whether unknown outcomes of both kinds, committed and not, must have occurred. */
  readonly requiresUnknown: boolean
}

/** A call begins. */
export interface InvokeEvent extends Stamp {
  readonly type: 'invoke'
  /** Unique in the run. */
  readonly op: string
  readonly kind: CallKind
  /** The source that the call goes to: `knex`, `prisma-lockable`. */
  readonly source: string
  readonly names: readonly string[]
  /** The outer call's, for one that was made inside a callback. */
  readonly parent?: string
  /** Longest wait: what was asked for, or for calls of kind `try`, what the pool allows. */
  readonly timeoutMs: number
  /** Longest hold that was asked for. */
  readonly holdTimeoutMs: number
  /** Whether the library hears of a connection's end by itself, or only when it next sends something. */
  readonly hearsOfLosses: boolean
}

/** The lock is asked for, where something else came first: the transaction that a `joined` call's lock joins. */
export interface AskingEvent extends Stamp {
  readonly type: 'asking'
  readonly op: string
}

/** The lock that a `joined` call asked for was not granted; the transaction that it was to join has still to end. */
export interface RefusedEvent extends Stamp {
  readonly type: 'refused'
  readonly op: string
}

/** A lock is ours; for `joined` calls on several locks, one for each. Just before the callback's first statement. */
export interface AcquiredEvent extends Stamp {
  readonly type: 'acquired'
  readonly op: string
  readonly names: readonly string[]
  /** The server's id of the session that has the lock. */
  readonly session: string
  /** A whole number, too large for a JavaScript number. */
  readonly token: string
  readonly waitedMs: number
}

/** The critical section is over: its last statement has been answered or has failed. Nothing has been given back yet. */
export interface LeavingEvent extends Stamp {
  readonly type: 'leaving'
  readonly op: string
  /** Whether a COMMIT comes next; only then can the outcome be unknown, or anything be in the ledger. */
  readonly commits: boolean
}

/** The lock's signal was aborted while the section ran, or before the call was over. */
export interface LostEvent extends Stamp {
  readonly type: 'lost'
  readonly op: string
  readonly code: string
}

/** The call settled; the lock has been given back as far as the caller can tell. */
export interface ReleasedEvent extends Stamp {
  readonly type: 'released'
  readonly op: string
}

/** Committed, or for `held` calls: held until the end. */
export interface OkEvent extends Stamp {
  readonly type: 'ok'
  readonly op: string
}

/** Nothing was committed. */
export interface FailEvent extends Stamp {
  readonly type: 'fail'
  readonly op: string
  /** An ormutex code, `ABORTED`, `NOT_ACQUIRED` (a try), `THROWN` (on purpose), `FENCED` (an old token), or a driver's. */
  readonly code: string
  readonly message: string
}

/** COMMIT was sent, and the answer did not come. */
export interface UnknownEvent extends Stamp {
  readonly type: 'unknown'
  readonly op: string
  readonly code: string
  readonly message: string
}

/** What a fault is about; a call is spared by a fault when none of these fits it. */
export interface FaultTarget {
  /** A session of the server, by its connection id. */
  readonly session?: string
  readonly worker?: string
  readonly op?: string
  /** True: the server or the network, hence everybody. */
  readonly everybody?: boolean
}

/** A fault strikes, as soon as this was written. */
export interface FaultEvent extends Stamp {
  readonly type: 'fault'
  /** Unique in the run. */
  readonly fault: string
  /** `kill-client`, `half-open`, … */
  readonly kind: string
  readonly phase: Phase
  readonly target: FaultTarget
  /** The names of the locks that the target held or waited for, where that is known. */
  readonly names: readonly string[]
}

/** What a fault did is over: the process runs on, the server is back. A fault without one is over at once. */
export interface FaultOverEvent extends Stamp {
  readonly type: 'fault-over'
  readonly fault: string
}

/** The server's previous life has ended, its next begins after this was written. Also the first. */
export interface ServerStartingEvent extends Stamp {
  readonly type: 'server-starting'
}

/** A worker is gone; its calls that had not ended never will. */
export interface WorkerEndedEvent extends Stamp {
  readonly type: 'worker-ended'
  readonly worker: string
  readonly pidOfWorker: number
}

/** After the last call: what a counter holds. */
export interface CounterEvent extends Stamp {
  readonly type: 'counter'
  readonly name: string
  readonly value: number
}

/** After the last call: a committed row of the ledger. */
export interface LedgerEvent extends Stamp {
  readonly type: 'ledger'
  readonly op: string
  readonly name: string
  readonly readValue: number
  /** `CONNECTION_ID()` of the transaction. */
  readonly session: string
  readonly token: string
}

/** A pool, when its worker has just opened it, and after the last call, before any pool is closed. */
export interface PoolEvent extends Stamp {
  readonly type: 'pool'
  readonly source: string
  readonly moment: 'start' | 'end'
  /** Connections that are open. */
  readonly open: number
  /** Of these, how many nobody uses. */
  readonly free: number
  /** Callers that wait for a connection. */
  readonly pending: number
  /** How many listeners a free connection has, by event; where they differ, each kind of connection once. */
  readonly listeners: readonly Readonly<Record<string, number>>[]
}

/** After the last call, before any pool is closed: something is left on the server. */
export interface LeftoverEvent extends Stamp {
  readonly type: 'leftover'
  /** `lock`: a user-level lock is held. `wait`: a session waits for one. `transaction`: one is open. */
  readonly what: 'lock' | 'wait' | 'transaction'
  readonly session: string
  readonly detail: string
}

/** After the last call, when nobody holds anything: whether a source still gets a lock. */
export interface AfterwardsEvent extends Stamp {
  readonly type: 'afterwards'
  readonly source: string
  readonly name: string
  /** Why it did not. */
  readonly code?: string
}

/** After the last call: a worker still counts calls that have not ended. */
export interface UnfinishedEvent extends Stamp {
  readonly type: 'unfinished'
  readonly ops: readonly string[]
}

/** A worker was kept from running until now, by the machine or because it was stopped. */
export interface StalledEvent extends Stamp {
  readonly type: 'stalled'
  /** For how long, in milliseconds. */
  readonly ms: number
}

/** The history is complete: whatever is to be checked was looked at. */
export interface EndEvent extends Stamp {
  readonly type: 'end'
}

/** One line of a history. */
export type HistoryEvent =
  | RunEvent
  | InvokeEvent
  | AskingEvent
  | RefusedEvent
  | AcquiredEvent
  | LeavingEvent
  | LostEvent
  | ReleasedEvent
  | OkEvent
  | FailEvent
  | UnknownEvent
  | FaultEvent
  | FaultOverEvent
  | ServerStartingEvent
  | WorkerEndedEvent
  | CounterEvent
  | LedgerEvent
  | PoolEvent
  | LeftoverEvent
  | AfterwardsEvent
  | UnfinishedEvent
  | StalledEvent
  | EndEvent

/** What a writer of events says; the stamp comes by itself. */
export type Unstamped<Event extends HistoryEvent = HistoryEvent> = Event extends HistoryEvent
  ? Omit<Event, keyof Stamp>
  : never
