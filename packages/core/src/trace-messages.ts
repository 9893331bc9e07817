import type { ServerIdentity } from './backend.js'
import type { OrmutexErrorCode } from './errors.js'

/** What locks are taken for: a transaction of our own, no transaction (`acquireNamedLock`), or one that is already there. */
export type LockUse = 'transaction' | 'session' | 'joined'

/**
 * Runs what it is given, once and at once, and returns what that returns. One that does otherwise is made up for: what is traced runs
 * once, without its context if need be, and its own result counts.
 */
export type AroundTraced = <T>(work: () => T) => T

/** What every message on a tracing channel of ormutex tells. One object goes through all events of one wait or hold. */
export interface TraceMessage {
  /** As the caller gave them: they may tell about people, so think before you store them. */
  readonly names: readonly string[]
  /** What the server sees, one for each of `names`. Its beginning shows the name, unless the source has a `secret`. */
  readonly keys: readonly string[] | undefined
  /** What the locks are taken for. */
  readonly how: LockUse
  /** The source's. `undefined` until the server was asked for its current database, where the source was given none. */
  readonly namespace: string | undefined
  /** What grants the locks. `undefined` before the first answer of a server, and for locks in memory. */
  readonly server: ServerIdentity | undefined
  /** The server's id of the session that has the locks. */
  readonly sessionId: string | undefined
  /** Grows with every grant: see `Lock.token`. */
  readonly token: bigint | undefined
  /** What the caller is told when it went wrong. */
  readonly error: unknown
  /** The error's, when it is one of ormutex's. */
  readonly code: OrmutexErrorCode | undefined
  /**
   * For subscribers of `start`: has what is traced run inside `wrapper`, for contexts that are no `AsyncLocalStorage` to bind to the
   * channel with `bindStore`.
   * @param wrapper runs what it is given, once and at once
   */
  around(wrapper: AroundTraced): void
}

/**
 * How a wait ended: `taken` when a call that only asks (`timeoutMs` 0) finds that somebody else has it, `aborted` by its signal, `failed`
 * for whatever else went wrong (see `code`).
 */
export type AcquireOutcome = 'granted' | 'taken' | 'timeout' | 'aborted' | 'failed'

/**
 * A message of `ormutex:acquire`: one for each call that asks for locks, from the call to the grant, or to what it is told instead.
 * Events: `start` and `end` around the synchronous part, `asyncStart` and `asyncEnd` once it is settled, before them `error` when nothing
 * was granted (a lock that is `taken` is no error). What is undefined at `start` is there at `asyncStart`, as far as it is known.
 *
 * @example
 * tracingChannel('ormutex:acquire').asyncEnd.subscribe((message) => {
 *   const { names, outcome, waitedMs } = message as AcquireMessage
 *   if (waitedMs! > 1_000) console.warn('slow lock', names, outcome, waitedMs)
 * })
 */
export interface AcquireMessage extends TraceMessage {
  /** Longest wait in milliseconds; `Infinity` for ever. */
  readonly timeoutMs: number
  /** How long it was waited, in milliseconds; `undefined` until it is settled. */
  readonly waitedMs: number | undefined
  /** How the wait ended; `undefined` until it is settled. */
  readonly outcome: AcquireOutcome | undefined
  /** Whether it came from a holder of this process, with no question to the server. */
  readonly handedOver: boolean
}

/**
 * What a hold came to. `committed` and `rolled-back` are for transactions of our own, `released` for all other holds. `failed`: BEGIN,
 * COMMIT or ROLLBACK was refused.
 */
export type HoldOutcome =
  | 'committed'
  | 'rolled-back'
  | 'released'
  | 'lost'
  | 'hold-timeout'
  | 'commit-unknown'
  | 'failed'

/**
 * A message of `ormutex:hold`: one for each grant, from the grant until it is released or lost. The events are those of
 * {@link AcquireMessage}; a transaction or the callback under the lock runs inside `start`, in the contexts that are bound to it. `error` comes
 * with every outcome but `committed` and `released`.
 */
export interface HoldMessage extends TraceMessage {
  /** Those that were granted: in a transaction that had some of the keys already, the others. */
  readonly keys: readonly string[]
  /** The server's id of the session that has the locks. */
  readonly sessionId: string
  /** Grows with every grant: see `Lock.token`. */
  readonly token: bigint
  /** How long it was waited for, in milliseconds. */
  readonly waitedMs: number
  /** Whether it came from a holder of this process, with no question to the server. */
  readonly handedOver: boolean
  /** How long it was held, in milliseconds; `undefined` until it is over. */
  readonly heldMs: number | undefined
  /** What the hold came to; `undefined` until it is over. */
  readonly outcome: HoldOutcome | undefined
}
