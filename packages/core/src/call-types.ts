import type { Holder } from './holder.js'
import type { Lock } from './lock.js'

/** What a call locks: one name, or several at once. */
export type Names = string | readonly string[]

/** What runs under a lock. */
export type LockCallback<Tx, Name extends Names, T> = (transaction: Tx, lock: Lock<Name>) => T | PromiseLike<T>

/** What a `try…` call answers. */
export type TryResult<T> =
  | { readonly acquired: true; readonly value: T }
  /** Taken: nothing ran. `holder` is who has it, where that is known. */
  | { readonly acquired: false; readonly holder: Holder | null }
