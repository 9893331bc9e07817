import type { Lock, NamedLocks, WaitOptions } from '@ormutex/core'
import { deferred } from './deferred.js'

/** A `withNamedLock` whose callback runs until it is told to end. */
export interface Holding<Tx> {
  readonly transaction: Tx
  readonly lock: Lock
  /** The call itself. */
  readonly done: Promise<void>
  /** Lets the callback return and waits for the call. */
  finish(): Promise<void>
  /** Lets the callback return without waiting. */
  letGo(): void
}

/** Starts a `withNamedLock` and resolves when its callback runs. */
export async function hold<Tx>(
  subject: { readonly locks: NamedLocks<Tx> },
  name: string,
  options?: WaitOptions,
  work?: (transaction: Tx) => Promise<unknown>,
): Promise<Holding<Tx>> {
  const entered = deferred<{ transaction: Tx; lock: Lock }>()
  const gate = deferred()
  const done = subject.locks.withNamedLock(
    name,
    async (transaction, lock) => {
      await work?.(transaction)
      entered.resolve({ transaction, lock })
      await gate.promise
    },
    options,
  )
  // A call that fails before its callback runs must fail the test, one that fails later is for the test to look at.
  done.catch((error: unknown) => entered.reject(error))
  const { transaction, lock } = await entered.promise
  return {
    transaction,
    lock,
    done,
    letGo: () => gate.resolve(),
    finish: () => {
      gate.resolve()
      return done
    },
  }
}
