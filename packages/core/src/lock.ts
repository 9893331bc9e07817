/**
 * A lock that is held.
 *
 * @typeParam Name `string`, or an array of strings for a lock on several names at once
 */
export interface Lock<Name extends string | readonly string[] = string> {
  /** What was asked for: the name, or the array of names. */
  readonly name: Name
  /** What the server sees, at most 64 characters of ASCII; for several names one key each, in the order of the names. */
  readonly key: Name extends string ? string : readonly string[]
  /** The server's id of the session that holds it, as a string. */
  readonly sessionId: string
  /**
   * Grows with every grant of a name on one server, whichever process it goes to. Hand it to systems outside the database that can
   * refuse an older one. It fits a signed 64-bit column (`BIGINT`), but not a JavaScript number: MySQL's and MariaDB's `UUID_SHORT()`
   * without the byte of the server's id, and 7 bits that count on where one caller of a process hands the lock to the next.
   */
  readonly token: bigint
  /**
   * From the call to the grant, in whole milliseconds, rounded down: the queue in this process and the wait for a connection count.
   */
  readonly waitedMs: number
  /**
   * Aborts with a `LOCK_LOST` or `HOLD_TIMEOUT` error as soon as the lock is known to be gone. Never on a normal release; with `LOCK_LOST`
   * also when the transaction that the lock joined ends (by a time limit of the ORM's, say) while the callback still runs. Hand it to
   * whatever must not go on then: `fetch(url, { signal: lock.signal })`.
   */
  readonly signal: AbortSignal
  /**
   * Gives the lock back. Never rejects for a lock of `acquireNamedLock`, and a second call does nothing: when releasing fails, the session
   * is destroyed, which frees the lock, too.
   * @throws {TypeError} inside the callback of `withNamedLock`: there the lock goes after the transaction's COMMIT
   */
  release(): Promise<void>
  /**
   * The same as `release`, for `await using`.
   * @throws {TypeError} as `release`
   */
  [Symbol.asyncDispose](): Promise<void>
  /** For `JSON.stringify` and loggers: all but the `signal`, which has no such form, with the `token` as a string of digits. */
  toJSON(): Pick<Lock<Name>, 'name' | 'key' | 'sessionId' | 'waitedMs'> & { readonly token: string }
}
