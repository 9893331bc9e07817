import type { Holder } from './holder.js'

/** The stable codes of ormutex's errors. Messages may change, codes do not. */
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
 * What every error of ormutex is. Tell them apart by `code`: it also holds when two copies of the package are loaded,
 * where `instanceof` does not.
 *
 * @example
 * try {
 *   await db.withNamedLock('user:42', charge, { timeoutMs: 2_000 })
 * } catch (error) {
 *   if (error instanceof OrmutexError && error.code === 'LOCK_TIMEOUT') return response.status(409).end()
 *   throw error
 * }
 */
export abstract class OrmutexError extends Error {
  abstract readonly code: OrmutexErrorCode
  /** True when the same call may well succeed if it is made again at once. */
  readonly retryable: boolean = false

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** `LOCK_TIMEOUT`: not granted within `timeoutMs`; nothing is granted later. */
export class LockTimeoutError extends OrmutexError {
  readonly code = 'LOCK_TIMEOUT'
  /** `taken`: somebody else had it. `pool`: it was not even asked for, since the pool gave no connection in time. */
  readonly reason: 'taken' | 'pool'
  /** Who has it, where that is known. */
  readonly holder: Holder | null

  constructor(message: string, options: ErrorOptions & { reason: 'taken' | 'pool'; holder: Holder | null }) {
    super(message, options)
    this.reason = options.reason
    this.holder = options.holder
  }
}

/** `LOCK_LOST`: the session that had the lock is gone. Nothing of its transaction is committed. `cause` is the driver's error. */
export class LockLostError extends OrmutexError {
  readonly code = 'LOCK_LOST'
}

/** `LOCK_DEADLOCK`: the server saw sessions wait for each other's locks and refused this one. Worth another try. */
export class LockDeadlockError extends OrmutexError {
  readonly code = 'LOCK_DEADLOCK'
  override readonly retryable: boolean = true
}

/** `LOCK_REENTRY`: asked for inside its own callback through the root object, where it could only wait for itself. */
export class LockReentryError extends OrmutexError {
  readonly code = 'LOCK_REENTRY'
}

/** `LOCK_UNSUPPORTED`: on this server, or in this place, the lock would not exclude anyone; the message says why. */
export class LockUnsupportedError extends OrmutexError {
  readonly code = 'LOCK_UNSUPPORTED'
}

/** `LOCK_NO_TRANSACTION`: a transaction to join was announced, but there is none. */
export class LockNoTransactionError extends OrmutexError {
  readonly code = 'LOCK_NO_TRANSACTION'
}

/** `LOCK_FAILED`: the server gave an answer that is neither yes nor no, or no session could be had. See `cause`. */
export class LockFailedError extends OrmutexError {
  readonly code = 'LOCK_FAILED'
}

/** `HOLD_TIMEOUT`: held for longer than `holdTimeoutMs`; the transaction is rolled back. */
export class HoldTimeoutError extends OrmutexError {
  readonly code = 'HOLD_TIMEOUT'
}

/** `COMMIT_UNKNOWN`: COMMIT was sent and no answer came. It may have been committed or not; only the data tells. */
export class CommitUnknownError extends OrmutexError {
  readonly code = 'COMMIT_UNKNOWN'
}
