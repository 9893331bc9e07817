import type { Holder, Lock, LockCallback, NamedLockEntry, Names, TryResult, WaitOptions } from '@ormutex/core'
import type { IsolationLevel } from './call-options.js'

/**
 * What `$transaction` gives to its callback on a client, or inside a transaction of that client.
 *
 * @typeParam Client the client, or the transaction, with all its extensions
 */
export type TransactionClientOf<Client> = Client extends { $transaction: (...args: infer Args) => unknown }
  ? Args[0] extends (client: infer Tx) => unknown
    ? Tx
    : Client
  : Client

/** Options of `$mutex` and `$tryMutex`. Prisma's `timeout` and `maxWait` are not among them: `holdTimeoutMs` and `timeoutMs` say that. */
export interface MutexOptions extends WaitOptions {
  /**
   * How far the transaction is kept apart from others, in Prisma's words. Whatever it is, the callback sees what the last holder committed.
   * @default the client's `transactionOptions.isolationLevel`, else the server's
   */
  readonly isolationLevel?: IsolationLevel | undefined
}

/** What `namedLocks()` adds to a client. */
export interface PrismaLocks {
  /**
   * Runs a transaction under a lock, on one connection: the lock, BEGIN, the callback, COMMIT, and only then is the lock released. The next
   * holder sees everything that this one committed. Prisma's `timeout` and `maxWait` do not apply: `timeoutMs` and `holdTimeoutMs` do.
   *
   * Inside an interactive transaction, `tx.$mutex`, the lock joins that one and stays until it has committed or rolled back. Read nothing
   * before it: at RepeatableRead a transaction goes on seeing what it saw.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once: all or none, free of deadlocks whatever
   *   order others ask in
   * @param callback gets a transaction of this very client, with all its extensions, and the {@link Lock}; its result is the call's. When it
   *   throws, the transaction is rolled back and the call rejects with that same error
   * @param options those of {@link WaitOptions}, and `isolationLevel`; waits 10 000 ms by default
   * @throws {OrmutexError} with the `code`
   *   - `LOCK_TIMEOUT`: not granted within `timeoutMs`, and it never will be; `reason` and `holder` say why
   *   - `LOCK_LOST`: the session died; nothing is committed
   *   - `HOLD_TIMEOUT`: held for longer than `holdTimeoutMs`; rolled back
   *   - `COMMIT_UNKNOWN`: the connection died after COMMIT was sent; only the data tells
   *   - `LOCK_REENTRY`: asked for inside its own callback; ask on the transaction, `tx.$mutex`
   *   - `LOCK_DEADLOCK`: sessions wait for each other; worth another try
   *   - `LOCK_UNSUPPORTED`: the lock would exclude nobody here, or cannot join this transaction; the message says why
   *   - `LOCK_FAILED`: anything else; see `cause`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
   * @example
   * const balance = await prisma.$mutex('user:42', async (tx, lock) => {
   *   const account = await tx.account.findUniqueOrThrow({ where: { id: 42 } })
   *   await tx.account.update({ where: { id: 42 }, data: { balance: account.balance - 10 } })
   *   return account.balance - 10
   * }, { timeoutMs: 5_000 })
   */
  $mutex<This, const Name extends Names, T>(
    this: This,
    name: Name,
    callback: LockCallback<TransactionClientOf<This>, Name, T>,
    options?: MutexOptions,
  ): Promise<Awaited<T>>

  /**
   * Runs a transaction under a lock if nobody else has it, without waiting: `{ acquired: true, value }`, or
   * `{ acquired: false, holder }`, and then nothing ran. Otherwise as `$mutex`, also inside a transaction.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once
   * @param callback gets a transaction of this very client, with all its extensions, and the {@link Lock}; its result is the `value`
   * @param options those of {@link WaitOptions}, and `isolationLevel`; `timeoutMs` is 0 by default
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT` only when the pool gave no connection to ask on; `LOCK_LOST`, `HOLD_TIMEOUT`,
   *   `COMMIT_UNKNOWN`, `LOCK_REENTRY`, `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED`, `LOCK_FAILED` as `$mutex`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
   * @example
   * const run = await prisma.$tryMutex('nightly-report', (tx) => writeReport(tx))
   * if (!run.acquired) console.log('already running', run.holder)
   */
  $tryMutex<This, const Name extends Names, T>(
    this: This,
    name: Name,
    callback: LockCallback<TransactionClientOf<This>, Name, T>,
    options?: MutexOptions,
  ): Promise<TryResult<Awaited<T>>>

  /**
   * Holds a lock with no transaction open, until it is released: for a cron job, a leader, a deployment. All such locks of a client share
   * one connection of the pool, which is out of it for as long as any of them is held; a wait takes one of its own. Watch `lock.signal` in
   * anything that runs for long. Asked for once more before its release, even by the same function, it is waited for as if it were
   * somebody else's. Where the language has no `await using` yet: `try { … } finally { await lock.release() }`. Not inside a transaction.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once
   * @param options those of {@link WaitOptions}; waits 10 000 ms by default
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT`, `LOCK_REENTRY`, `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED` (also inside a transaction) or
   *   `LOCK_FAILED`, as `$mutex`. What goes wrong after the grant, `lock.signal` tells: `LOCK_LOST`, `HOLD_TIMEOUT`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
   * @example
   * await using lock = await prisma.$acquireMutex('deploy', { timeoutMs: 60_000 })
   * await migrate({ signal: lock.signal })
   */
  $acquireMutex<const Name extends Names>(name: Name, options?: WaitOptions): Promise<Lock<Name>>

  /**
   * Takes a lock with no transaction open if nobody else has it, without waiting: the lock, or `null`. Otherwise as `$acquireMutex`.
   *
   * @param name a string of 1 to 1024 characters, or an array of them for several locks at once
   * @param options those of {@link WaitOptions}; `timeoutMs` is 0 by default
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT` only when the pool gave no connection to ask on; `LOCK_REENTRY`,
   *   `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED` (also inside a transaction), `LOCK_FAILED` as `$mutex`
   * @throws {TypeError | RangeError} for wrong arguments, before anything is sent
   * @throws the reason of `signal`, when that is aborted before the grant
   * @example
   * await using lock = await prisma.$tryAcquireMutex('leader')
   * if (lock !== null) await lead({ signal: lock.signal })
   */
  $tryAcquireMutex<const Name extends Names>(name: Name, options?: WaitOptions): Promise<Lock<Name> | null>

  /**
   * Who has a lock at this moment: `null` when nobody. It may have changed before the answer is here.
   *
   * @param name a string of 1 to 1024 characters
   * @param options `exactName` (default false)
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT` when the pool gave no connection to ask on, `LOCK_UNSUPPORTED` or `LOCK_FAILED`,
   *   as `$mutex`
   * @throws {TypeError} for wrong arguments, before anything is sent
   * @example
   * const holder = await prisma.$mutexHolder('deploy') // { sessionId: '12', user: 'shop', host: '10.0.0.7', … }
   */
  $mutexHolder(name: string, options?: Pick<WaitOptions, 'exactName'>): Promise<Holder | null>

  /**
   * Every key that is held or waited for on the server, with its holder and waiters, as far as the server shows them: all of them where it
   * lists them, MySQL to an account that may read performance_schema and MariaDB with the plugin METADATA_LOCK_INFO; otherwise those that
   * were taken on this client and those that are waited for.
   *
   * @throws {OrmutexError} with the `code` `LOCK_TIMEOUT` when the pool gave no connection to ask on, `LOCK_UNSUPPORTED` or `LOCK_FAILED`,
   *   as `$mutex`
   * @example
   * for (const { key, holder, waiters } of await prisma.$mutexes()) console.log(key, holder?.label, waiters.length)
   */
  $mutexes(): Promise<NamedLockEntry[]>
}

/** Adds nothing, in Prisma's terms. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- what Prisma itself has where an extension adds nothing
export type NoExtension = Record<never, never>

/**
 * What makes a method of the client, in Prisma's terms. It has a name so that editors, which show all extensions of a client in its type,
 * show no more of it than that.
 *
 * @typeParam Method its name
 */
export interface ClientMethod<Method extends keyof PrismaLocks> {
  /** The method. */
  (): PrismaLocks[Method]
}

/** An extension for `prisma.$extends`, in Prisma's own terms. */
export type NamedLocksExtension = (client: unknown) => {
  /** What an extension comes to, as far as Prisma's types are concerned. */
  $extends: {
    /** What it adds, and where. */
    extArgs: {
      /** To results. */
      result: NoExtension
      /** To models. */
      model: NoExtension
      /** To queries. */
      query: NoExtension
      /** To the client, and to its transactions. */
      client: { [Method in keyof PrismaLocks]: ClientMethod<Method> }
    }
  }
}
