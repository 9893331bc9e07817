import type { Holder } from './holder.js'
import type { Lock } from './lock.js'

/** What a call locks: one name, or several at once. Each has 1 to 1024 characters; any well-formed string is one. */
export type Names = string | readonly string[]

/**
 * What runs under a lock.
 *
 * @typeParam Tx what it gets first: the ORM's own transaction, or the connection
 * @typeParam Name what was asked for, which `lock.name` is
 * @typeParam T what it returns, or resolves with: the call's result
 */
export type LockCallback<Tx, Name extends Names, T> = (transaction: Tx, lock: Lock<Name>) => T | PromiseLike<T>

/** What a `try…` call answers: the callback's result, or that somebody else has the lock and nothing ran. */
export type TryResult<T> =
  | {
      /** Whether the callback ran. */
      readonly acquired: true
      /** What the callback returned, or resolved with. */
      readonly value: T
    }
  | {
      /** Whether the callback ran. */
      readonly acquired: false
      /** Who has the lock; `null` where that is not known, or has just changed. */
      readonly holder: Holder | null
    }
