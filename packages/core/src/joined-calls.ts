import type { LockCallback, Names } from './call-types.js'
import { runJoined } from './critical-section.js'
import { OrmutexError } from './errors.js'
import type { Joined, Joins, Kept, LockedTransaction } from './joins.js'
import type { KeySpace } from './key-space.js'
import { TransactionLock } from './lock-handle.js'
import type { CheckedWait } from './options.js'
import type { Patience } from './patience.js'
import type { Target } from './target.js'
import type { Tracing } from './tracing.js'
import type { WaitingCalls } from './waiting-calls.js'

/** What locks in transactions that are already there are made of. */
export interface JoinedCallsParts<Tx, TxOptions extends object> {
  readonly joins: Joins<Tx, TxOptions>
  readonly keySpace: KeySpace
  readonly waiting: WaitingCalls
  readonly tracing: Tracing
}

/** A transaction that has what was asked for. */
export interface Entered<J extends Kept = Joined> {
  readonly joined: J
  readonly target: Target
  readonly waitedMs: number
}

/** Takes what is wanted, and is not there yet, in a transaction. */
type Take<J extends Kept> = (locked: LockedTransaction, target: Target, patience: Patience) => Promise<J>

/** Locks that join a transaction, from the call to the end of the callback. */
export class JoinedCalls<Tx, TxOptions extends object> {
  readonly #parts: JoinedCallsParts<Tx, TxOptions>

  constructor(parts: JoinedCallsParts<Tx, TxOptions>) {
    this.#parts = parts
  }

  /** Waits for names. @throws {TypeError | RangeError} for names that are none; whatever comes later is a rejection */
  acquire(transaction: Tx, name: Names, wait: CheckedWait): Promise<Entered> {
    return this.#enter(transaction, name, wait, (locked, target, patience) =>
      this.#parts.joins.take(locked, target, wait, patience),
    )
  }

  /** The same, for no callback in particular. */
  async keep(transaction: Tx, name: Names, wait: CheckedWait): Promise<void> {
    const { joins, tracing } = this.#parts
    const { joined } = await this.#enter(transaction, name, wait, (locked, target, patience) =>
      joins.keep(locked, target, wait, patience),
    )
    joined.hold.tell(tracing, false)?.begin(() => {})
  }

  /** Runs a callback under what was acquired for it. */
  async run<Name extends Names, T>(
    transaction: Tx,
    callback: LockCallback<Tx, Name, T>,
    { joined, target, waitedMs }: Entered,
  ): Promise<Awaited<T>> {
    try {
      const { hold, frame } = joined
      const lock = new TransactionLock<Name>(hold, target, waitedMs)
      const work = (): T | PromiseLike<T> => callback(transaction, lock)
      const trace = hold.tell(this.#parts.tracing, false)
      if (trace === undefined) return await runJoined(hold, frame, work)
      return await trace.begin(() => runJoined(hold, frame, work))
    } catch (error) {
      // Made in a timer or by an event: its stack is to lead to whoever awaits this.
      const { loss } = joined.hold
      if (loss !== null && error === loss) Error.captureStackTrace(loss)
      throw error
    } finally {
      joined.leave()
    }
  }

  #enter<J extends Kept>(transaction: Tx, name: Names, wait: CheckedWait, take: Take<J>): Promise<Entered<J>> {
    const { keySpace, tracing } = this.#parts
    const known = keySpace.resolve(name, wait.exactName)
    return tracing.isAcquiringWatched
      ? this.#takeTold(transaction, name, known, wait, take)
      : this.#take(transaction, name, known, wait, take)
  }

  #takeTold<J extends Kept>(
    transaction: Tx,
    name: Names,
    known: Target | undefined,
    wait: CheckedWait,
    take: Take<J>,
  ): Promise<Entered<J>> {
    return this.#parts.tracing.acquire(
      { name, how: 'joined', wait, target: known },
      () => this.#take(transaction, name, known, wait, take),
      ({ joined, waitedMs }) => {
        const { sessionId, token } = joined.hold
        return { sessionId, token, waitedMs, handedOver: false }
      },
    )
  }

  async #take<J extends Kept>(
    transaction: Tx,
    name: Names,
    known: Target | undefined,
    wait: CheckedWait,
    take: Take<J>,
  ): Promise<Entered<J>> {
    const { joins, keySpace, waiting } = this.#parts
    try {
      return await waiting.during(wait, async (patience) => {
        const locked = await joins.enter(transaction)
        const target = known ?? (await keySpace.learn(name, patience, locked.held.session))
        const joined = await take(locked, target, patience)
        return { joined, target, waitedMs: patience.waitedMs }
      })
    } catch (error) {
      // Made so deep that of the ten lines of a stack none would be the caller's. The reason of a signal is not ours.
      if (error instanceof OrmutexError && error !== wait.signal?.reason) Error.captureStackTrace(error)
      throw error
    }
  }
}
