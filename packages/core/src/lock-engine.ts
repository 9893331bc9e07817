import { type Acquired, Acquisition, type AcquisitionContext } from './acquisition.js'
import type { Backend, Session } from './backend.js'
import { CallOptions, DEFAULT_TIMEOUT_MS, NO_WAIT } from './call-options.js'
import { currentFrame, type Frame, frameHolding } from './call-context.js'
import { type Clock, systemClock } from './clock.js'
import { runJoined, runTransaction } from './critical-section.js'
import { LockFailedError, LockLostError, LockTimeoutError } from './errors.js'
import { HandOver, type HandOverQueue, Succession } from './hand-over.js'
import { HeldSession } from './held-session.js'
import { Hold } from './hold.js'
import type { LockCallback, Names, TryResult } from './call-types.js'
import type { Holder, NamedLockEntry } from './holder.js'
import { type Joined, Joins, type LockedTransaction } from './joins.js'
import type { Lock } from './lock.js'
import { type CallContext, LockCall } from './lock-call.js'
import { OwnedLock, TransactionLock } from './lock-handle.js'
import { LocalQueue } from './local-queue.js'
import { type CheckedWait, checkCallback, checkSettings, type NamedLocksOptions, type WaitOptions } from './options.js'
import { Patience } from './patience.js'
import { KeySpace } from './key-space.js'
import { LocalHolds } from './local-holds.js'
import { Onlooker } from './onlooker.js'
import { reentry } from './refusals.js'
import type { SharedSession } from './shared-session.js'
import { SharedSessions } from './shared-sessions.js'
import { SharedTimer } from './shared-timer.js'
import type { Target } from './target.js'
import type { Tenure } from './tenure.js'
import { WaiterSlots } from './waiter-slots.js'

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
  readonly #timer: SharedTimer
  readonly #options: CallOptions<TxOptions>
  readonly #acquisitions: AcquisitionContext<Tx, TxOptions>
  readonly #calls: CallContext
  readonly #joins: Joins<Tx, TxOptions>
  readonly #localHolds: LocalHolds
  readonly #onlooker: Onlooker
  readonly #keySpace: KeySpace
  readonly #waiting = new Set<Patience>()

  /** @throws {TypeError | RangeError} for settings that are none */
  constructor(backend: Backend<Tx, TxOptions>, settings: NamedLocksOptions | undefined, clock: Clock = systemClock) {
    this.#backend = backend
    this.#timer = new SharedTimer(clock)
    const { namespace, secret, defaults, maxWaiters, handOverMs, label } = checkSettings(settings)
    this.#options = new CallOptions(backend, defaults)
    this.#localHolds = new LocalHolds(label)
    this.#onlooker = new Onlooker(backend, this.#localHolds)
    this.#joins = new Joins(backend, this.#timer, this, this.#localHolds)
    this.#keySpace = new KeySpace({
      namespace,
      secret,
      maxSessions: () => backend.maxSessions,
      askForNamespace: () => this.#onlooker.defaultNamespace(),
    })
    const queue: HandOverQueue<Tx, TxOptions> = new LocalQueue()
    this.#acquisitions = {
      clock,
      queue,
      slots: new WaiterSlots(clock, maxWaiters, () => backend.maxSessions),
      handOver: new HandOver(this.#timer, queue, handOverMs),
      shared: new SharedSessions(this.#timer, () => backend.open()),
      open: (purpose) => backend.open(purpose),
      endPatience: (patience) => this.#endPatience(patience),
    }
    this.#calls = {
      clock,
      howToJoin: backend.joining.how,
      maxSessions: () => backend.maxSessions,
      localHolder: (key) => this.#localHolds.holderOf(key),
      peek: (key) => this.#onlooker.peek(key),
    }
  }

  /** Runs a transaction under a lock. */
  withLock<Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: (WaitOptions & TxOptions) | undefined,
  ): Promise<Awaited<T>> {
    return this.#acquireFor(name, callback, options, DEFAULT_TIMEOUT_MS).then((taken) => this.#run(taken, callback))
  }

  /** The same, but a lock that is taken is an answer and no error. */
  async tryWithLock<Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: (WaitOptions & TxOptions) | undefined,
  ): Promise<TryResult<Awaited<T>>> {
    const taken = await orTaken(this.#acquireFor(name, callback, options, NO_WAIT))
    if ('holder' in taken) return taken
    return { acquired: true, value: await this.#run(taken, callback) }
  }

  /** Takes a lock with no transaction open. */
  acquire<Name extends Names>(name: Name, options: WaitOptions | undefined): Promise<Lock<Name>> {
    return this.#acquire(name, options, DEFAULT_TIMEOUT_MS).then((taken) => this.#own(taken))
  }

  /** The same, `null` when it is taken. */
  async tryAcquire<Name extends Names>(name: Name, options: WaitOptions | undefined): Promise<Lock<Name> | null> {
    const taken = await orTaken(this.#acquire(name, options, NO_WAIT))
    return 'holder' in taken ? null : this.#own(taken)
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
    const target =
      this.#keySpace.resolve(name, wait.exactName) ??
      (await this.#patiently(wait, (patience) => this.#keySpace.learn(name, patience)))
    return this.#onlooker.holderOf(target.keys[0]!)
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
    await this.#acquisitions.shared.endAllAs(lost)
  }

  /** For a transaction. */
  #acquireFor(
    name: Names,
    callback: unknown,
    options: object | undefined,
    defaultTimeoutMs: number,
  ): Promise<Acquired<Tx, TxOptions>> {
    try {
      checkCallback(callback)
      const { wait, transactionOptions } = this.#options.ofTransaction(options, defaultTimeoutMs)
      return this.#take(name, wait, transactionOptions)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Without one. */
  #acquire(name: Names, options: object | undefined, defaultTimeoutMs: number): Promise<Acquired<Tx, TxOptions>> {
    try {
      return this.#take(name, this.#options.ofWait(options, defaultTimeoutMs), undefined)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #take(name: Names, wait: CheckedWait, purpose: TxOptions | undefined): Promise<Acquired<Tx, TxOptions>> {
    const target = this.#keySpace.resolve(name, wait.exactName)
    const patience = this.#patienceFor(wait)
    if (target !== undefined) return this.#takeTarget(target, wait, patience, purpose)
    return this.#keySpace.learn(name, patience).then(
      (learnt) => this.#takeTarget(learnt, wait, patience, purpose),
      (error: unknown) => {
        this.#endPatience(patience)
        throw error
      },
    )
  }

  #takeTarget(
    target: Target,
    wait: CheckedWait,
    patience: Patience,
    purpose: TxOptions | undefined,
  ): Promise<Acquired<Tx, TxOptions>> {
    const around = frameHolding(this, target.orderedKeys)
    if (around !== undefined) {
      this.#endPatience(patience)
      throw reentry(target.nameOf(around.key), this.#backend.joining.how)
    }
    const call = new LockCall(this.#calls, target, wait, patience, purpose)
    return new Acquisition(this.#acquisitions, call).run()
  }

  #run<Name extends Names, T>(
    taken: Acquired<Tx, TxOptions>,
    callback: LockCallback<Tx, Name, T>,
  ): Promise<Awaited<T>> {
    const { turns, call } = taken
    const { target, wait } = call
    // Only calls without a transaction get a shared one.
    const tenure = taken.tenure as Tenure<Session<Tx, TxOptions>>
    const { session } = tenure
    const hold = this.#holdOf(taken)
    const succession = new Succession(this.#acquisitions.handOver, tenure, turns)
    const held = new HeldSession(this.#timer, session, succession)
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
      options: call.purpose!,
      next: () => succession.nextOptions,
      announce: (transaction) => this.#joins.announce(transaction, { held, frame }),
      renounce: (transaction) => this.#joins.renounce(transaction),
    })
  }

  #own<Name extends Names>(taken: Acquired<Tx, TxOptions>): Lock<Name> {
    const { turns, call } = taken
    // Only transactions get one of their own.
    const tenure = taken.tenure as Tenure<SharedSession>
    const { session } = tenure
    const hold = this.#holdOf(taken)
    session.add(hold, call.wait)
    const { handOver } = this.#acquisitions
    return new OwnedLock<Name>(hold, session, () => handOver.pass(tenure, turns))
  }

  #holdOf({ tenure, turns, call, waitedMs }: Acquired<Tx, TxOptions>): Hold {
    const { sessionId, token, keys } = tenure
    const { target } = call
    return new Hold(this.#timer, { target, keys, sessionId, token, waitedMs, turns, localHolds: this.#localHolds })
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
    const known = this.#keySpace.resolve(name, wait.exactName)
    return this.#patiently(wait, async (patience) => {
      const locked = await this.#joins.enter(transaction)
      const target = known ?? (await this.#keySpace.learn(name, patience, locked.held.session))
      return use(locked, target, patience)
    })
  }

  async #patiently<T>(wait: CheckedWait, work: (patience: Patience) => Promise<T>): Promise<T> {
    const patience = this.#patienceFor(wait)
    try {
      return await work(patience)
    } finally {
      this.#endPatience(patience)
    }
  }

  /** @throws the signal's reason */
  #patienceFor(wait: CheckedWait): Patience {
    const patience = new Patience(this.#timer, wait.timeoutMs, wait.signal)
    this.#waiting.add(patience)
    return patience
  }

  #endPatience(patience: Patience): void {
    this.#waiting.delete(patience)
    patience.end()
  }
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
