import type { Holder } from './holder.js'

/**
 * The stable codes of ormutex's errors; messages may change, codes do not.
 *
 * - `LOCK_TIMEOUT`: not granted in time
 * - `LOCK_LOST`: the session that had it is gone; nothing is committed
 * - `LOCK_DEADLOCK`: sessions wait for each other; worth another try
 * - `LOCK_REENTRY`: asked for inside its own callback
 * - `LOCK_UNSUPPORTED`: the lock would exclude nobody here
 * - `LOCK_NO_TRANSACTION`: a transaction was to be joined, and there is none
 * - `LOCK_FAILED`: anything else; see `cause`
 * - `HOLD_TIMEOUT`: held for too long; rolled back
 * - `COMMIT_UNKNOWN`: COMMIT was sent, and no answer came
 */
export type OrmutexErrorCode =
  | 'LOCK_TIMEOUT'
  | 'LOCK_LOST'
  | 'LOCK_DEADLOCK'
  | 'LOCK_REENTRY'
  | 'LOCK_UNSUPPORTED'
  | 'LOCK_NO_TRANSACTION'
  | 'LOCK_FAILED'
  | 'HOLD_TIMEOUT'
  | 'COMMIT_UNKNOWN'

/**
 * What every error of ormutex is. Tell them apart by `code`, after {@link isOrmutexError}: that also holds when two copies of the package
 * are loaded, where `instanceof` does not, and then TypeScript knows what else there is.
 *
 * @example
 * if (isOrmutexError(error) && error.code === 'LOCK_TIMEOUT') return response.status(409).end()
 */
export abstract class OrmutexError extends Error {
  /** What every class has: said again, so that after `instanceof OrmutexError`, too, TypeScript knows the class by the code. */
  declare static readonly [Symbol.hasInstance]: <Class extends abstract new (...args: never[]) => unknown>(
    this: Class,
    value: unknown,
  ) => value is typeof OrmutexError extends Class ? AnyOrmutexError : InstanceType<Class>

  /** Which error it is. Stable: messages may change, codes do not. */
  abstract readonly code: OrmutexErrorCode
  /** True when the same call may well succeed if it is made again at once: of `LOCK_DEADLOCK`. */
  readonly retryable: boolean = false

  /**
   * An error of ormutex.
   * @param message what went wrong, with nothing secret in it
   * @param options `cause`: what it came from, mostly the driver's error
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/**
 * `LOCK_TIMEOUT`: not granted within `timeoutMs` (default 10 000 ms), and it never will be. What to do: tell the user that it is busy, or
 * ask again; if it happens often, look with `namedLockHolder` at who holds it for so long. The message says when that is this process.
 */
export class LockTimeoutError extends OrmutexError {
  /** Always `LOCK_TIMEOUT`. */
  readonly code = 'LOCK_TIMEOUT'
  /** `taken`: somebody else had it. `pool`: it was not even asked for, since the pool gave no connection in time. */
  readonly reason: 'taken' | 'pool'
  /** Who has it; `null` where that is not known, and for the reason `pool`. */
  readonly holder: Holder | null

  /**
   * For a lock that was not granted in time.
   * @param message what went wrong, with nothing secret in it
   * @param options `reason`, `holder`, and as `cause` the pool's error
   */
  constructor(message: string, options: ErrorOptions & { reason: 'taken' | 'pool'; holder: Holder | null }) {
    super(message, options)
    this.reason = options.reason
    this.holder = withUnlistedStatement(options.holder)
  }
}

/**
 * `LOCK_LOST`: the session that had the lock is gone (killed, cut off, its server restarted). Nothing of its transaction is committed.
 * `cause` is the driver's error. What to do: run all of it again, if what the callback did elsewhere allows that. As the reason of
 * `lock.signal` it may also say that the transaction which the lock joined has ended before the callback: that one may have been committed.
 */
export class LockLostError extends OrmutexError {
  /** Always `LOCK_LOST`. */
  readonly code = 'LOCK_LOST'
}

/**
 * `LOCK_DEADLOCK`: the server saw sessions wait for each other's locks and refused this one; nothing of a transaction of the call's own is
 * committed. What to do: try again; ask for several names at once, in an array, and it does not happen.
 */
export class LockDeadlockError extends OrmutexError {
  /** Always `LOCK_DEADLOCK`. */
  readonly code = 'LOCK_DEADLOCK'
  /** Always true: the others have got on meanwhile. */
  override readonly retryable: boolean = true
}

/**
 * `LOCK_REENTRY`: asked for inside its own callback through the root object, where it could only wait for itself. What to do: ask on the
 * transaction that the callback was given; the message says how.
 */
export class LockReentryError extends OrmutexError {
  /** Always `LOCK_REENTRY`. */
  readonly code = 'LOCK_REENTRY'
}

/**
 * `LOCK_UNSUPPORTED`: on this server, or in this place, the lock would not exclude anyone (a replica, a node of a cluster, a pooler that
 * changes sessions); the message says why. Asked again at the next call, since a replica may be promoted.
 */
export class LockUnsupportedError extends OrmutexError {
  /** Always `LOCK_UNSUPPORTED`. */
  readonly code = 'LOCK_UNSUPPORTED'
}

/**
 * `LOCK_NO_TRANSACTION`: a transaction to join was announced, but there is none: the option is undefined or null, or a hook runs outside
 * of any. What to do: the message says it.
 */
export class LockNoTransactionError extends OrmutexError {
  /** Always `LOCK_NO_TRANSACTION`. */
  readonly code = 'LOCK_NO_TRANSACTION'
}

/**
 * `LOCK_FAILED`: the server gave an answer that is neither yes nor no, no session could be had, or the transaction to join has ended. See
 * `cause`, which is mostly the driver's error.
 */
export class LockFailedError extends OrmutexError {
  /** Always `LOCK_FAILED`. */
  readonly code = 'LOCK_FAILED'
}

/**
 * `HOLD_TIMEOUT`: held for longer than `holdTimeoutMs`. The transaction is rolled back, though the callback may still be running; what it
 * then tries on the transaction fails.
 */
export class HoldTimeoutError extends OrmutexError {
  /** Always `HOLD_TIMEOUT`. */
  readonly code = 'HOLD_TIMEOUT'
}

/**
 * `COMMIT_UNKNOWN`: COMMIT was sent and no answer came. It may have been committed or not; only the data tells. What to do: look, under the
 * lock again, before anything is repeated.
 */
export class CommitUnknownError extends OrmutexError {
  /** Always `COMMIT_UNKNOWN`. */
  readonly code = 'COMMIT_UNKNOWN'
}

/** Every error of ormutex, to be told apart by `code`: what {@link isOrmutexError} says an error is. */
export type AnyOrmutexError =
  | LockTimeoutError
  | LockLostError
  | LockDeadlockError
  | LockReentryError
  | LockUnsupportedError
  | LockNoTransactionError
  | LockFailedError
  | HoldTimeoutError
  | CommitUnknownError

const CODES: Readonly<Record<OrmutexErrorCode, true>> = {
  LOCK_TIMEOUT: true,
  LOCK_LOST: true,
  LOCK_DEADLOCK: true,
  LOCK_REENTRY: true,
  LOCK_UNSUPPORTED: true,
  LOCK_NO_TRANSACTION: true,
  LOCK_FAILED: true,
  HOLD_TIMEOUT: true,
  COMMIT_UNKNOWN: true,
}

/**
 * Whether something that was thrown is an error of ormutex; then its `code` tells which, to TypeScript, too. By its shape, so it also holds
 * when two copies of the package are loaded, where `instanceof` does not.
 *
 * @param error anything that was thrown
 * @example
 * try {
 *   await db.withNamedLock('user:42', charge, { timeoutMs: 2_000 })
 * } catch (error) {
 *   if (isOrmutexError(error) && error.code === 'LOCK_TIMEOUT') return busy(error.holder?.label)
 *   throw error
 * }
 */
export function isOrmutexError(error: unknown): error is AnyOrmutexError {
  if (typeof error !== 'object' || error === null) return false
  const { code, retryable } = error as Partial<OrmutexError>
  return typeof retryable === 'boolean' && typeof code === 'string' && Object.hasOwn(CODES, code)
}

/** A statement may hold values, and whoever logs an error logs what can be listed of it. */
function withUnlistedStatement(holder: Holder | null): Holder | null {
  if (holder?.statement === undefined) return holder
  return Object.defineProperty({ ...holder }, 'statement', { enumerable: false })
}
