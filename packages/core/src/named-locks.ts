import type { LockCallback, Names, TryResult } from './call-types.js'
import type { Holder, NamedLockEntry } from './holder.js'
import type { Lock } from './lock.js'
import { type JoinOption, type SplitJoin, splitJoin } from './join-option.js'
import type { LockEngine } from './lock-engine.js'
import type { WaitOptions } from './options.js'

/**
 * What `namedLocks()` adds to a source.
 *
 * @typeParam Tx what the callback gets: the ORM's own transaction, or the connection
 * @typeParam TxOptions the ORM's own transaction options, passed on as they are
 */
export interface NamedLocks<Tx, TxOptions extends object = object> {
  /**
   * Runs a transaction under a lock: pins a connection, takes the lock, BEGIN, the callback, COMMIT, releases the lock,
   * gives the connection back; always in that order. The next holder sees everything that this one committed.
   *
   * @param name a non-empty string, or an array of them for several locks at once, all or none, free of deadlocks
   * @param callback gets the transaction and the `Lock`; its result is the call's result. When it throws, the transaction
   *   is rolled back and the call rejects with that same error
   * Statements that commit by themselves (DDL, a COMMIT of the callback's own) end the protection of what they commit.
   *
   * @throws {OrmutexError} `LOCK_TIMEOUT` not granted within `timeoutMs` (default 10 000 ms; the pool's own limit may end the
   *   wait before), with `reason` and `holder`; `LOCK_LOST` the session died,
   *   nothing is committed; `HOLD_TIMEOUT` longer than `holdTimeoutMs`, rolled back; `COMMIT_UNKNOWN` the connection died
   *   after COMMIT was sent; `LOCK_REENTRY` asked for inside its own callback; `LOCK_DEADLOCK` sessions wait for each
   *   other, worth another try; `LOCK_NO_TRANSACTION` a transaction was to be joined and there is none; `LOCK_UNSUPPORTED`
   *   the lock would exclude nobody here; `LOCK_FAILED` anything else
   * @throws {TypeError | RangeError} for arguments that are none, before anything is sent
   * @throws the signal's reason, when `signal` is aborted before the grant
   * @example
   * const balance = await db.withNamedLock('user:42', async (transaction, lock) => {
   *   const account = await readAccount(transaction, 42)
   *   await writeBalance(transaction, 42, account.balance - 10)
   *   return account.balance - 10
   * }, { timeoutMs: 5_000 })
   */
  withNamedLock<const Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options?: WaitOptions & TxOptions,
  ): Promise<Awaited<T>>

  /**
   * The same, never waiting by default (`timeoutMs` 0): `{ acquired: true, value }`, or `{ acquired: false, holder }` when
   * somebody else has the lock, and then nothing ran.
   *
   * @throws as `withNamedLock`; `LOCK_TIMEOUT` only when the pool had no connection to ask on
   * @example
   * const run = await db.tryWithNamedLock('nightly-report', writeReport)
   * if (!run.acquired) console.log('already running', run.holder)
   */
  tryWithNamedLock<const Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options?: WaitOptions & TxOptions,
  ): Promise<TryResult<Awaited<T>>>

  /**
   * Holds a lock with no transaction open, until it is released: for a cron job, a leader, a deployment. All such locks of a
   * source share one connection of the pool, which is out of it for as long as any of them is held; a wait takes one of its own. Watch
   * `lock.signal` in anything that runs for long. Where the language has no `await using` yet:
   * `try { … } finally { await lock.release() }`.
   *
   * @throws as `withNamedLock`, as far as the wait goes
   * @example
   * await using lock = await db.acquireNamedLock('deploy', { timeoutMs: 60_000 })
   * await migrate({ signal: lock.signal })
   */
  acquireNamedLock<const Name extends Names>(name: Name, options?: WaitOptions): Promise<Lock<Name>>

  /** The same, never waiting by default: `null` when somebody else has the lock. */
  tryAcquireNamedLock<const Name extends Names>(name: Name, options?: WaitOptions): Promise<Lock<Name> | null>

  /**
   * Who has a lock at this moment: `null` when nobody.
   * @example
   * const holder = await db.namedLockHolder('deploy') // { sessionId: '12', label: 'web-1:4711', user: 'shop', … }
   */
  namedLockHolder(name: string, options?: Pick<WaitOptions, 'exactName'>): Promise<Holder | null>

  /**
   * Every key that is held or waited for on the server, with its holder and waiters, as far as the server shows them:
   * all of them where it lists them, MySQL to an account that may read performance_schema and MariaDB with the plugin
   * METADATA_LOCK_INFO; otherwise those that were taken here and those that are waited for.
   */
  listNamedLocks(): Promise<NamedLockEntry[]>
}

/** What a transaction of such a source can do: take locks that stay until it has committed or rolled back. */
export interface JoinedLocks<Tx> {
  /**
   * Runs a callback under a lock that joins this transaction: on its connection, without a savepoint, held until this
   * transaction (for a savepoint: the outermost one) has committed or rolled back. Inside its own callback it is
   * re-entrant. Read nothing from the database before it: a transaction at REPEATABLE READ goes on seeing what it saw.
   *
   * @throws as the root object's `withNamedLock`; `LOCK_FAILED` when the transaction's connection dies during the wait
   */
  withNamedLock<const Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options?: WaitOptions,
  ): Promise<Awaited<T>>

  /** The same, never waiting by default; see the root object's `tryWithNamedLock`. */
  tryWithNamedLock<const Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options?: WaitOptions,
  ): Promise<TryResult<Awaited<T>>>
}

/**
 * The methods for an adapter to hang on its ORM.
 *
 * @param join how a call names a transaction that it is to join, where transactions get no methods (`joinedLocks`)
 */
export function namedLockMethods<Tx, TxOptions extends object>(
  engine: LockEngine<Tx, TxOptions>,
  join?: JoinOption<Tx>,
): NamedLocks<Tx, TxOptions> {
  type Options = (WaitOptions & TxOptions) | undefined
  const split = (options: Options): SplitJoin<Tx, Options> =>
    join === undefined ? { transaction: undefined, rest: options } : splitJoin(join, options)
  return {
    async withNamedLock<Name extends Names, T>(
      name: Name,
      callback: LockCallback<Tx, Name, T>,
      options?: Options,
    ): Promise<Awaited<T>> {
      const { transaction, rest } = split(options)
      if (transaction !== undefined) return engine.withJoinedLock(transaction, name, callback, rest)
      return engine.withLock(name, callback, rest)
    },
    async tryWithNamedLock(name, callback, options) {
      const { transaction, rest } = split(options)
      if (transaction !== undefined) return engine.tryWithJoinedLock(transaction, name, callback, rest)
      return engine.tryWithLock(name, callback, rest)
    },
    acquireNamedLock: (name, options) => engine.acquire(name, options),
    tryAcquireNamedLock: (name, options) => engine.tryAcquire(name, options),
    namedLockHolder: (name, options) => engine.holder(name, options),
    listNamedLocks: () => engine.list(),
  }
}

/** The methods for an adapter to hang on a transaction. */
export function joinedLocks<Tx, TxOptions extends object>(
  engine: LockEngine<Tx, TxOptions>,
  transaction: Tx,
): JoinedLocks<Tx> {
  return {
    withNamedLock: (name, callback, options) => engine.withJoinedLock(transaction, name, callback, options),
    tryWithNamedLock: (name, callback, options) => engine.tryWithJoinedLock(transaction, name, callback, options),
  }
}
