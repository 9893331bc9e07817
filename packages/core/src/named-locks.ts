import type { LockCallback, Names, TryResult } from './call-types.js'
import type { Holder, NamedLockEntry } from './holder.js'
import type { Lock } from './lock.js'
import { type JoinOption, type SplitJoin, splitJoin } from './join-option.js'
import type { LockEngine } from './lock-engine.js'
import type { WaitOptions } from './options.js'

/**
 * What `namedLocks()` adds to a source: the same methods with every ORM.
 *
 * @typeParam Tx what the callback gets: the ORM's own transaction, or the connection
 * @typeParam TxOptions the ORM's own transaction options, passed on as they are
 */
export interface NamedLocks<Tx, TxOptions extends object = object> {
  /**
   * Runs a transaction under a lock: pins a connection, takes the lock, BEGIN, the callback, COMMIT, releases the lock, gives the
   * connection back; always in that order, on one connection. The next holder sees everything that this one committed, at every
   * isolation level. Statements that commit by themselves (DDL, a COMMIT of the callback's own) end the protection of what they commit.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once: all or none, free of deadlocks whatever
   *   order others ask in
   * @param callback gets the transaction and the {@link Lock}; its result is the call's. When it throws, the transaction is rolled back and
   *   the call rejects with that same error
   * @param options those of {@link WaitOptions}, and the ORM's own for its transaction; waits 10 000 ms by default
   * @throws {OrmutexError} with the `code`
   *   - `LOCK_TIMEOUT`: not granted within `timeoutMs`, and it never will be; `reason` and `holder` say why
   *   - `LOCK_LOST`: the session died; nothing is committed
   *   - `HOLD_TIMEOUT`: held for longer than `holdTimeoutMs`; rolled back
   *   - `COMMIT_UNKNOWN`: the connection died after COMMIT was sent; only the data tells
   *   - `LOCK_REENTRY`: asked for inside its own callback; ask on the transaction
   *   - `LOCK_DEADLOCK`: sessions wait for each other; worth another try
   *   - `LOCK_NO_TRANSACTION`: a transaction was to be joined, and there is none
   *   - `LOCK_UNSUPPORTED`: the lock would exclude nobody here; the message says why
   *   - `LOCK_FAILED`: anything else; see `cause`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
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
   * Runs a transaction under a lock if nobody else has it, without waiting: `{ acquired: true, value }`, or
   * `{ acquired: false, holder }`, and then nothing ran. Otherwise as `withNamedLock`.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once
   * @param callback gets the transaction and the {@link Lock}; its result is the `value`
   * @param options those of {@link WaitOptions}, and the ORM's own for its transaction; `timeoutMs` is 0 by default
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT` only when the pool gave no connection to ask on; `LOCK_LOST`, `HOLD_TIMEOUT`,
   *   `COMMIT_UNKNOWN`, `LOCK_REENTRY`, `LOCK_DEADLOCK`, `LOCK_NO_TRANSACTION`, `LOCK_UNSUPPORTED`, `LOCK_FAILED` as `withNamedLock`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
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
   * Holds a lock with no transaction open, until it is released: for a cron job, a leader, a deployment. All such locks of a source share
   * one connection of the pool, which is out of it for as long as any of them is held; a wait takes one of its own. Watch `lock.signal`
   * in anything that runs for long. Asked for once more before its release, even by the same function, it is waited for as if it were
   * somebody else's. Where the language has no `await using` yet: `try { … } finally { await lock.release() }`.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once
   * @param options those of {@link WaitOptions}; waits 10 000 ms by default
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT`, `LOCK_REENTRY`, `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED` or `LOCK_FAILED`, as
   *   `withNamedLock`. What goes wrong after the grant, `lock.signal` tells: `LOCK_LOST`, `HOLD_TIMEOUT`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
   * @example
   * await using lock = await db.acquireNamedLock('deploy', { timeoutMs: 60_000 })
   * await migrate({ signal: lock.signal })
   */
  acquireNamedLock<const Name extends Names>(name: Name, options?: WaitOptions): Promise<Lock<Name>>

  /**
   * Takes a lock with no transaction open if nobody else has it, without waiting: the lock, or `null`. Otherwise as `acquireNamedLock`.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once
   * @param options those of {@link WaitOptions}; `timeoutMs` is 0 by default
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT` only when the pool gave no connection to ask on; `LOCK_REENTRY`,
   *   `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED`, `LOCK_FAILED` as `withNamedLock`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
   * @example
   * await using lock = await db.tryAcquireNamedLock('leader')
   * if (lock !== null) await lead({ signal: lock.signal })
   */
  tryAcquireNamedLock<const Name extends Names>(name: Name, options?: WaitOptions): Promise<Lock<Name> | null>

  /**
   * Who has a lock at this moment: `null` when nobody. It may have changed before the answer is here. Waits for a connection to ask on
   * as a call with `timeoutMs` 0 does: see {@link WaitOptions}.
   *
   * @param name a string of 1 to 1024 characters
   * @param options `exactName` (default false)
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT` when the pool gave no connection to ask on, `LOCK_UNSUPPORTED` or `LOCK_FAILED`,
   *   as `withNamedLock`
   * @throws {TypeError} for wrong arguments, before anything is sent
   * @example
   * const holder = await db.namedLockHolder('deploy') // { sessionId: '12', label: 'web-1:4711', user: 'shop', … }
   */
  namedLockHolder(name: string, options?: Pick<WaitOptions, 'exactName'>): Promise<Holder | null>

  /**
   * Every key that is held or waited for on the server, with its holder and waiters, as far as the server shows them: all of them where
   * it lists them, MySQL to an account that may read performance_schema and MariaDB with the plugin METADATA_LOCK_INFO; otherwise those
   * that were taken here and those that are waited for. Waits for a connection to ask on as `namedLockHolder` does.
   *
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT` when the pool gave no connection to ask on, `LOCK_UNSUPPORTED` or `LOCK_FAILED`,
   *   as `withNamedLock`
   * @example
   * for (const { key, holder, waiters } of await db.listNamedLocks()) console.log(key, holder?.label, waiters.length)
   */
  listNamedLocks(): Promise<NamedLockEntry[]>
}

/**
 * What a transaction of such a source can do: take locks that stay until it has committed or rolled back.
 *
 * @typeParam Tx what the callback gets: this same transaction
 */
export interface JoinedLocks<Tx> {
  /**
   * Runs a callback under a lock that joins this transaction: on its connection, without a savepoint, held until this transaction (for a
   * savepoint: the outermost one) has committed or rolled back. Inside its own callback it is re-entrant. Read nothing from the
   * database before it: a transaction at REPEATABLE READ goes on seeing what it saw.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once
   * @param callback gets this transaction and the {@link Lock}; its result is the call's. When it throws, the call rejects with that same
   *   error, and what becomes of the transaction is for whoever began it
   * @param options those of {@link WaitOptions}; waits 10 000 ms by default
   * @throws {OrmutexError} with the `code`
   *   - `LOCK_TIMEOUT`: not granted within `timeoutMs`; `holder` says who has it
   *   - `LOCK_LOST`: the session died while it had the lock; nothing of the transaction is committed
   *   - `HOLD_TIMEOUT`: held for longer than `holdTimeoutMs`; the transaction is rolled back
   *   - `LOCK_REENTRY`: a callback around this one has it in another transaction
   *   - `LOCK_DEADLOCK`: sessions wait for each other; roll back and try again
   *   - `LOCK_UNSUPPORTED`: the lock would exclude nobody here; the message says why
   *   - `LOCK_FAILED`: the transaction has ended or lost its connection, or anything else; see `cause`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
   * @example
   * await db.transaction(async (trx) => {
   *   await trx.withNamedLock('user:42', () => trx('accounts').where({ id: 42 }).decrement('balance', 10))
   * }) // released here, after COMMIT
   */
  withNamedLock<const Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options?: WaitOptions,
  ): Promise<Awaited<T>>

  /**
   * Joins a lock to this transaction if nobody else has it, without waiting: `{ acquired: true, value }`, or
   * `{ acquired: false, holder }`, and then the callback did not run. Otherwise as `withNamedLock`.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once
   * @param callback gets this transaction and the {@link Lock}; its result is the `value`
   * @param options those of {@link WaitOptions}; `timeoutMs` is 0 by default
   * @throws {OrmutexError} with the `code` `LOCK_LOST`, `HOLD_TIMEOUT`, `LOCK_REENTRY`, `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED` or
   *   `LOCK_FAILED`, as `withNamedLock`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
   * @example
   * const { acquired } = await trx.tryWithNamedLock('user:42', () => trx('accounts').where({ id: 42 }).del())
   */
  tryWithNamedLock<const Name extends Names, T>(
    name: Name,
    callback: LockCallback<Tx, Name, T>,
    options?: WaitOptions,
  ): Promise<TryResult<Awaited<T>>>
}

/**
 * The methods for an adapter to hang on its ORM.
 *
 * @param engine runs the calls
 * @param join how a call names a transaction that it is to join, where transactions get no methods ({@link joinedLocks})
 * @example
 * return Object.assign(orm, namedLockMethods(new LockEngine(backend, options)))
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

/**
 * The methods for an adapter to hang on a transaction.
 *
 * @param engine runs the calls
 * @param transaction what locks join, and callbacks get
 * @example
 * Object.assign(transaction, joinedLocks(engine, transaction))
 */
export function joinedLocks<Tx, TxOptions extends object>(
  engine: LockEngine<Tx, TxOptions>,
  transaction: Tx,
): JoinedLocks<Tx> {
  return {
    withNamedLock: (name, callback, options) => engine.withJoinedLock(transaction, name, callback, options),
    tryWithNamedLock: (name, callback, options) => engine.tryWithJoinedLock(transaction, name, callback, options),
  }
}
