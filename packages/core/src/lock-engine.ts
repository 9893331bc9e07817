import type { Acquired } from './acquisition.js'
import type { Backend } from './backend.js'
import { CallOptions, DEFAULT_TIMEOUT_MS, NO_WAIT } from './call-options.js'
import { type Clock, systemClock } from './clock.js'
import { LockFailedError, LockLostError, LockTimeoutError } from './errors.js'
import type { LockCallback, Names, TryResult } from './call-types.js'
import type { Holder, NamedLockEntry } from './holder.js'
import { JoinedCalls } from './joined-calls.js'
import { Joins } from './joins.js'
import { KeySpace } from './key-space.js'
import { LocalHolds } from './local-holds.js'
import type { Lock } from './lock.js'
import { Onlooker } from './onlooker.js'
import {
  checkCallback,
  type CheckedSettings,
  checkSettings,
  type NamedLocksOptions,
  type WaitOptions,
} from './options.js'
import { OwnLocks } from './own-locks.js'
import { SharedTimer } from './shared-timer.js'
import { Tracing } from './tracing.js'
import { WaitingCalls } from './waiting-calls.js'

/**
 * Everything that ormutex does on one source, in the core's own terms; an adapter hangs it on its ORM under the ORM's
 * names, mostly by `namedLockMethods()`. The order of events is decided here and below, never in an adapter.
 *
 * @typeParam Tx what callbacks get
 * @typeParam TxOptions the options of a transaction
 */
export class LockEngine<Tx, TxOptions extends object> {
  readonly #backend: Backend<Tx, TxOptions>
  readonly #options: CallOptions<TxOptions>
  readonly #own: OwnLocks<Tx, TxOptions>
  readonly #joined: JoinedCalls<Tx, TxOptions>
  readonly #onlooker: Onlooker
  readonly #keySpace: KeySpace
  readonly #waiting: WaitingCalls

  /**
   * Everything that ormutex does on one source.
   * @param backend what grants the locks
   * @param settings what `namedLocks()` was given
   * @param clock what times are told by (default: the real one)
   * @throws {TypeError | RangeError} for settings that are none
   */
  constructor(backend: Backend<Tx, TxOptions>, settings: NamedLocksOptions | undefined, clock: Clock = systemClock) {
    const checked = checkSettings(settings)
    this.#backend = backend
    const timer = new SharedTimer(clock)
    const localHolds = new LocalHolds(checked.label)
    this.#options = new CallOptions(backend, checked.defaults)
    this.#waiting = new WaitingCalls(timer, openingMs(backend, checked))
    this.#onlooker = new Onlooker(backend, localHolds)
    const joins = new Joins(backend, timer, this, localHolds)
    this.#keySpace = new KeySpace({
      namespace: checked.namespace,
      secret: checked.secret,
      pool: backend,
      askForNamespace: () => this.#onlooker.defaultNamespace(),
    })
    const tracing = new Tracing({ clock, keySpace: this.#keySpace, backend })
    this.#joined = new JoinedCalls({ joins, keySpace: this.#keySpace, waiting: this.#waiting, tracing })
    this.#own = new OwnLocks({
      owner: this,
      backend,
      timer,
      settings: checked,
      keySpace: this.#keySpace,
      localHolds,
      onlooker: this.#onlooker,
      waiting: this.#waiting,
      joins,
      tracing,
    })
  }

  /**
   * Runs a transaction under a lock.
   * @throws as `NamedLocks.withNamedLock`
   */
  withLock<Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: (WaitOptions & TxOptions) | undefined,
  ): Promise<Awaited<T>> {
    return this.#acquireFor(name, callback, options, DEFAULT_TIMEOUT_MS).then((acquired) =>
      this.#own.run(acquired, callback),
    )
  }

  /**
   * Runs a transaction under a lock; that it is taken is an answer and no error.
   * @throws as `NamedLocks.tryWithNamedLock`
   */
  async tryWithLock<Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: (WaitOptions & TxOptions) | undefined,
  ): Promise<TryResult<Awaited<T>>> {
    const acquired = await orTaken(this.#acquireFor(name, callback, options, NO_WAIT))
    if ('holder' in acquired) return acquired
    return { acquired: true, value: await this.#own.run(acquired, callback) }
  }

  /**
   * Takes a lock with no transaction open.
   * @throws as `NamedLocks.acquireNamedLock`
   */
  acquire<Name extends Names>(name: Name, options: WaitOptions | undefined): Promise<Lock<Name>> {
    return this.#acquire(name, options, DEFAULT_TIMEOUT_MS).then((acquired) => this.#own.lockOf(acquired))
  }

  /**
   * Takes a lock with no transaction open: `null` when it is taken.
   * @throws as `NamedLocks.tryAcquireNamedLock`
   */
  async tryAcquire<Name extends Names>(name: Name, options: WaitOptions | undefined): Promise<Lock<Name> | null> {
    const acquired = await orTaken(this.#acquire(name, options, NO_WAIT))
    return 'holder' in acquired ? null : this.#own.lockOf(acquired)
  }

  /**
   * Runs a callback under a lock that joins a transaction and stays until that one ends.
   * @throws as `JoinedLocks.withNamedLock`
   */
  async withJoinedLock<Name extends Names, T>(
    transaction: Tx,
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: WaitOptions | undefined,
  ): Promise<Awaited<T>> {
    checkCallback(callback)
    const wait = this.#options.ofJoin(options, DEFAULT_TIMEOUT_MS)
    return this.#joined.run(transaction, callback, await this.#joined.acquire(transaction, name, wait))
  }

  /**
   * Runs a callback under a lock that joins a transaction; that it is taken is an answer and no error.
   * @throws as `JoinedLocks.tryWithNamedLock`
   */
  async tryWithJoinedLock<Name extends Names, T>(
    transaction: Tx,
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options: WaitOptions | undefined,
  ): Promise<TryResult<Awaited<T>>> {
    checkCallback(callback)
    const wait = this.#options.ofJoin(options, NO_WAIT)
    const entered = await orTaken(this.#joined.acquire(transaction, name, wait))
    if ('holder' in entered) return entered
    return { acquired: true, value: await this.#joined.run(transaction, callback, entered) }
  }

  /**
   * Checks the options of locks that are to be taken in transactions again and again, with no callback of their own, and
   * returns what takes one: it resolves when the transaction has the lock, which stays until that one ends.
   * @throws {TypeError | RangeError} for options that are none; what it returns rejects as `JoinedLocks.withNamedLock`
   */
  joinedTaker(options: Omit<WaitOptions, 'signal'> | undefined): (transaction: Tx, name: Names) => Promise<void> {
    const wait = this.#options.ofJoin(options, DEFAULT_TIMEOUT_MS)
    if (wait.signal !== undefined) throw new TypeError('signal gives up one wait; it cannot be given for all to come')
    return (transaction, name) => this.#joined.keep(transaction, name, wait)
  }

  /**
   * Who has a name: `null` when nobody.
   * @throws as `NamedLocks.namedLockHolder`
   */
  async holder(name: string, options?: Pick<WaitOptions, 'exactName'>): Promise<Holder | null> {
    const wait = this.#options.ofWait(options, NO_WAIT)
    const known = this.#keySpace.resolve(name, wait.exactName)
    return this.#waiting.during(wait, async (patience) => {
      const target = known ?? (await this.#keySpace.learn(name, patience))
      return this.#onlooker.holderOf(target.keys[0]!, patience)
    })
  }

  /**
   * Every key that is held or waited for, as far as the server shows.
   * @throws as `NamedLocks.listNamedLocks`
   */
  async list(): Promise<NamedLockEntry[]> {
    const wait = this.#options.ofWait(undefined, NO_WAIT)
    return this.#waiting.during(wait, (patience) => this.#onlooker.list(patience))
  }

  /**
   * For when the source is shut down: every wait is given up with `LOCK_FAILED`, every lock of `acquire` is released and
   * its signal aborts (`LOCK_LOST`). Transactions run on to their end. The source may be opened again. Never rejects.
   */
  async close(): Promise<void> {
    const refused = new LockFailedError('The client or pool was shut down')
    this.#waiting.cancelAll(refused)
    const lost = new LockLostError('The client or pool that the lock was held on was shut down')
    await this.#own.endAllAs(lost)
    await this.#backend.settle?.()
    // Who was told may have asked again by then, and would keep a connection of what is being closed.
    this.#waiting.cancelAll(refused)
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
      return this.#own.acquire(name, wait, transactionOptions)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Without one. */
  #acquire(name: Names, options: object | undefined, defaultTimeoutMs: number): Promise<Acquired<Tx, TxOptions>> {
    try {
      return this.#own.acquire(name, this.#options.ofWait(options, defaultTimeoutMs), undefined)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/**
 * How long calls without a deadline wait for a session where the pool has no limit, in milliseconds, unless others wait for longer: more than
 * drivers take to find out by themselves that no server answers (mysql2: `connectTimeout`, 10 000 by default), since that says more.
 */
const LONGEST_OPENING_MS = 15_000

/** The same; `Infinity` where the pool's own limit does. */
function openingMs(
  { opensWithoutLimit }: Pick<Backend<unknown, object>, 'opensWithoutLimit'>,
  { defaults: { timeoutMs } }: CheckedSettings,
): number {
  if (opensWithoutLimit !== true) return Infinity
  return Math.max(timeoutMs ?? 0, LONGEST_OPENING_MS)
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
