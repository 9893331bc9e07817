import { Acquisition } from './acquisition.js'
import type { Backend, Session } from './backend.js'
import { CallOptions, DEFAULT_TIMEOUT_MS, NO_WAIT } from './call-options.js'
import { currentFrame, type Frame, frameHolding } from './call-context.js'
import { type Clock, systemClock } from './clock.js'
import { runJoined, runTransaction } from './critical-section.js'
import { LockFailedError, LockLostError, LockTimeoutError } from './errors.js'
import { HeldSession } from './held-session.js'
import { Hold } from './hold.js'
import type { LockCallback, Names, TryResult } from './call-types.js'
import type { Holder, NamedLockEntry } from './holder.js'
import { type Joined, Joins, type LockedTransaction } from './joins.js'
import type { Lock } from './lock.js'
import { OwnedLock, TransactionLock } from './lock-handle.js'
import { LocalQueue } from './local-queue.js'
import { type CheckedWait, checkCallback, checkSettings, type NamedLocksOptions, type WaitOptions } from './options.js'
import { Patience } from './patience.js'
import { KeySpace } from './key-space.js'
import { LocalHolds } from './local-holds.js'
import { Onlooker } from './onlooker.js'
import { reentry } from './refusals.js'
import { checkTarget, type Target } from './target.js'
import { WaiterSlots } from './waiter-slots.js'

/** A session of our own that has what was asked for. */
interface Taken<Tx, TxOptions extends object> {
  readonly session: Session<Tx, TxOptions>
  readonly hold: Hold
  readonly wait: CheckedWait
}

/** A transaction that has what was asked for. */
interface Entered {
  readonly joined: Joined
  readonly target: Target
  readonly waitedMs: number
}

/**
 * Everything that ormutex does on one source, in the core's own terms; an adapter hangs it on its ORM under the ORM's
 * names. The order of events is decided here and below, never in an adapter.
 */
export class LockEngine<Tx, TxOptions extends object> {
  readonly #backend: Backend<Tx, TxOptions>
  readonly #clock: Clock
  readonly #options: CallOptions<TxOptions>
  readonly #queue = new LocalQueue()
  readonly #slots: WaiterSlots
  readonly #joins: Joins<Tx, TxOptions>
  readonly #localHolds: LocalHolds
  readonly #onlooker: Onlooker
  readonly #keySpace: KeySpace
  /** Sessions that stay until their owner releases them. */
  readonly #owned = new Set<HeldSession>()
  readonly #waiting = new Set<Patience>()

  /** @throws {TypeError | RangeError} for settings that are none */
  constructor(backend: Backend<Tx, TxOptions>, settings: NamedLocksOptions | undefined, clock: Clock = systemClock) {
    this.#backend = backend
    this.#clock = clock
    const { namespace, secret, defaults, maxWaiters, label } = checkSettings(settings)
    this.#options = new CallOptions(backend, defaults)
    this.#slots = new WaiterSlots(clock, () => maxWaiters ?? halfOf(backend.maxSessions))
    this.#localHolds = new LocalHolds(label)
    this.#onlooker = new Onlooker(backend, this.#localHolds)
    this.#joins = new Joins(backend, clock, this, this.#localHolds)
    this.#keySpace = new KeySpace({
      namespace,
      secret,
      maxSessions: () => backend.maxSessions,
      askForNamespace: () => this.#onlooker.defaultNamespace(),
    })
  }

  /** Runs a transaction under a lock. */
  async withLock<Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: (WaitOptions & TxOptions) | undefined,
  ): Promise<Awaited<T>> {
    checkCallback(callback)
    const { wait, transactionOptions } = this.#options.ofTransaction(options, DEFAULT_TIMEOUT_MS)
    return this.#run(await this.#acquire(name, wait, transactionOptions), callback, transactionOptions)
  }

  /** The same, but a lock that is taken is an answer and no error. */
  async tryWithLock<Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: (WaitOptions & TxOptions) | undefined,
  ): Promise<TryResult<Awaited<T>>> {
    checkCallback(callback)
    const { wait, transactionOptions } = this.#options.ofTransaction(options, NO_WAIT)
    const acquired = await orTaken(this.#acquire(name, wait, transactionOptions))
    if ('holder' in acquired) return acquired
    return { acquired: true, value: await this.#run(acquired, callback, transactionOptions) }
  }

  /** Takes a lock with no transaction open. */
  async acquire<Name extends Names>(name: Name, options: WaitOptions | undefined): Promise<Lock<Name>> {
    return this.#own(await this.#acquire(name, this.#options.ofWait(options, DEFAULT_TIMEOUT_MS), undefined))
  }

  /** The same, `null` when it is taken. */
  async tryAcquire<Name extends Names>(name: Name, options: WaitOptions | undefined): Promise<Lock<Name> | null> {
    const acquired = await orTaken(this.#acquire(name, this.#options.ofWait(options, NO_WAIT), undefined))
    return 'holder' in acquired ? null : this.#own(acquired)
  }

  /** Runs a callback under a lock that joins a transaction and stays until that one ends. */
  async withJoinedLock<Name extends Names, T>(
    transaction: Tx,
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: WaitOptions | undefined,
  ): Promise<Awaited<T>> {
    checkCallback(callback)
    return this.#runJoined(transaction, callback, await this.#join(transaction, name, options, DEFAULT_TIMEOUT_MS))
  }

  /** The same, but a lock that is taken is an answer and no error. */
  async tryWithJoinedLock<Name extends Names, T>(
    transaction: Tx,
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: WaitOptions | undefined,
  ): Promise<TryResult<Awaited<T>>> {
    checkCallback(callback)
    const entered = await orTaken(this.#join(transaction, name, options, NO_WAIT))
    if ('holder' in entered) return entered
    return { acquired: true, value: await this.#runJoined(transaction, callback, entered) }
  }

  /**
   * Checks the options of locks that are to be taken in transactions again and again, with no callback of their own, and
   * returns what takes one: it resolves when the transaction has the lock, which stays until that one ends.
   */
  joinedTaker(options: Omit<WaitOptions, 'signal'> | undefined): (transaction: Tx, name: Names) => Promise<void> {
    const wait = this.#options.ofJoin(options, DEFAULT_TIMEOUT_MS)
    if (wait.signal !== undefined) throw new TypeError('signal gives up one wait; it cannot be given for all to come')
    return (transaction, name) =>
      this.#enter(transaction, name, wait, (locked, target, patience) =>
        this.#joins.keep(locked, target, wait, patience),
      )
  }

  /** Who has a name. */
  async holder(name: string, options?: Pick<WaitOptions, 'exactName'>): Promise<Holder | null> {
    const wait = this.#options.ofWait(options, NO_WAIT)
    const names = checkTarget(name, wait.exactName)
    const { keys } = await this.#patiently(wait, (patience) =>
      this.#keySpace.resolve(name, names, wait.exactName, patience),
    )
    return this.#onlooker.holderOf(keys[0]!)
  }

  /** Every key that is held or waited for, as far as the server shows. */
  async list(): Promise<NamedLockEntry[]> {
    return this.#onlooker.list()
  }

  /**
   * For when the source is shut down: every wait is given up with `LOCK_FAILED`, every lock of `acquire` is released and
   * its signal aborts. Transactions run on to their end. The source may be opened again.
   */
  async close(): Promise<void> {
    const refused = new LockFailedError('The client or pool that the lock was asked on was shut down')
    for (const patience of this.#waiting) patience.cancel(refused)
    const lost = new LockLostError('The client or pool that the lock was held on was shut down')
    await Promise.all([...this.#owned].map((held) => held.endAs(lost)))
  }

  async #acquire(name: Names, wait: CheckedWait, purpose: TxOptions | undefined): Promise<Taken<Tx, TxOptions>> {
    const names = checkTarget(name, wait.exactName)
    return this.#patiently(wait, async (patience) => {
      const target = await this.#keySpace.resolve(name, names, wait.exactName, patience)
      const around = frameHolding(this, target.orderedKeys)
      if (around !== undefined) throw reentry(target.nameOf(around.key), this.#backend.joining.how)
      const context = {
        open: () => this.#backend.open(purpose),
        maxSessions: () => this.#backend.maxSessions,
        howToJoin: this.#backend.joining.how,
        clock: this.#clock,
        queue: this.#queue,
        slots: this.#slots,
        localHolder: (key: string) => this.#localHolds.holderOf(key),
        peek: (key: string) => this.#onlooker.peek(key),
      }
      const { session, granted, turns } = await new Acquisition(context, target, wait, patience).run()
      const hold = new Hold(this.#clock, {
        target,
        keys: target.orderedKeys,
        grant: granted,
        waitedMs: patience.waitedMs,
        turns,
      })
      this.#localHolds.add(hold)
      return { session, hold, wait }
    })
  }

  #run<Name extends Names, T>(
    { session, hold, wait }: Taken<Tx, TxOptions>,
    callback: LockCallback<Tx, Name, T>,
    options: TxOptions,
  ): Promise<Awaited<T>> {
    const { target } = hold
    const held = new HeldSession(this.#clock, session, false)
    held.add(hold, wait)
    const frame: Frame = {
      owner: this,
      session: held,
      keys: new Set(target.keys),
      parent: currentFrame(),
      active: true,
    }
    return runTransaction({
      session,
      held,
      hold,
      frame,
      callback: (transaction) => callback(transaction, new TransactionLock<Name>(hold, target, hold.waitedMs)),
      options,
      announce: (transaction) => this.#joins.announce(transaction, { held, frame }),
    })
  }

  #own<Name extends Names>({ session, hold, wait }: Taken<Tx, TxOptions>): Lock<Name> {
    const held = new HeldSession(this.#clock, session, true)
    held.add(hold, wait)
    this.#owned.add(held)
    hold.onOver(() => this.#owned.delete(held))
    return new OwnedLock<Name>(hold, hold.target, held)
  }

  async #runJoined<Name extends Names, T>(
    transaction: Tx,
    callback: LockCallback<Tx, Name, T>,
    { joined, target, waitedMs }: Entered,
  ): Promise<Awaited<T>> {
    try {
      const lock = new TransactionLock<Name>(joined.hold, target, waitedMs)
      return await runJoined(joined.hold, joined.frame, () => callback(transaction, lock))
    } finally {
      joined.leave()
    }
  }

  async #join(
    transaction: Tx,
    name: Names,
    options: WaitOptions | undefined,
    defaultTimeoutMs: number,
  ): Promise<Entered> {
    const wait = this.#options.ofJoin(options, defaultTimeoutMs)
    return this.#enter(transaction, name, wait, async (locked, target, patience) => {
      const joined = await this.#joins.take(locked, target, wait, patience)
      return { joined, target, waitedMs: patience.waitedMs }
    })
  }

  async #enter<T>(
    transaction: Tx,
    name: Names,
    wait: CheckedWait,
    use: (locked: LockedTransaction, target: Target, patience: Patience) => Promise<T>,
  ): Promise<T> {
    const names = checkTarget(name, wait.exactName)
    return this.#patiently(wait, async (patience) => {
      const locked = await this.#joins.enter(transaction)
      const target = await this.#keySpace.resolve(name, names, wait.exactName, patience, locked.held.session)
      return use(locked, target, patience)
    })
  }

  async #patiently<T>(wait: CheckedWait, work: (patience: Patience) => Promise<T>): Promise<T> {
    const patience = new Patience(this.#clock, wait.timeoutMs, wait.signal)
    this.#waiting.add(patience)
    try {
      return await work(patience)
    } finally {
      this.#waiting.delete(patience)
      patience.end()
    }
  }
}

/** How many of a pool may wait: half of it, so that holders find one; one where its size is not known. */
function halfOf(maxSessions: number | undefined): number {
  return maxSessions === undefined ? 1 : Math.max(1, Math.floor(maxSessions / 2))
}

/** Only a lock that is taken is an answer; that the pool had no connection says nothing about the lock. */
async function orTaken<T>(
  acquiring: Promise<T>,
): Promise<T | { readonly acquired: false; readonly holder: Holder | null }> {
  try {
    return await acquiring
  } catch (error) {
    if (error instanceof LockTimeoutError && error.reason === 'taken') return { acquired: false, holder: error.holder }
    throw error
  }
}
