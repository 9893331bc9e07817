import type { Holder, Lock, LockCallback, NamedLockEntry, Names, TryResult, WaitOptions } from '@ormutex/core'
import type { IsolationLevel } from './call-options.js'

/** What `$transaction` gives to its callback on a client, or inside a transaction of that client. */
export type TransactionClientOf<Client> = Client extends { $transaction: (...args: infer Args) => unknown }
  ? Args[0] extends (client: infer Tx) => unknown
    ? Tx
    : Client
  : Client

/** Options of `$mutex`. */
export interface MutexOptions extends WaitOptions {
  /** @default the client's `transactionOptions.isolationLevel`, else the server's */
  readonly isolationLevel?: IsolationLevel | undefined
}

/** What `namedLocks()` adds to a client. */
export interface PrismaLocks {
  /**
   * Runs a transaction under a lock, on one connection: the lock, BEGIN, the callback, COMMIT, and only then is the lock released. The
   * next holder sees everything that this one committed.
   *
   * Inside an interactive transaction, `tx.$mutex`, the lock joins that one and stays until it has committed or rolled back. Read
   * nothing before it: at RepeatableRead a transaction goes on seeing what it saw.
   *
   * Prisma's `timeout` and `maxWait` do not apply: `timeoutMs` and `holdTimeoutMs` say how long is waited and held.
   *
   * @param name a non-empty string, or an array of them for several locks at once, all or none, free of deadlocks
   * @param callback gets a transaction of this very client, with all its extensions, and the `Lock`; its result is the call's
   *   result. When it throws, the transaction is rolled back and the call rejects with that same error
   * @throws {OrmutexError} `LOCK_TIMEOUT` not granted within `timeoutMs` (default 10 000 ms; the pool's own `acquireTimeout` may end
   *   the wait before), with `reason` and `holder`; `LOCK_LOST` the session died, nothing is committed; `HOLD_TIMEOUT` longer than
   *   `holdTimeoutMs`, rolled back; `COMMIT_UNKNOWN` the connection died after COMMIT was sent; `LOCK_REENTRY` asked for inside its
   *   own callback; `LOCK_DEADLOCK` sessions wait for each other, worth another try; `LOCK_UNSUPPORTED` the lock would exclude nobody
   *   here, or a transaction that it cannot join; `LOCK_FAILED` anything else
   * @throws {TypeError | RangeError} for arguments that are none, before anything is sent
   * @throws the signal's reason, when `signal` is aborted before the grant
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
   * The same, never waiting by default (`timeoutMs` 0): `{ acquired: true, value }`, or `{ acquired: false, holder }` when somebody else
   * has the lock, and then nothing ran.
   *
   * @throws as `$mutex`; `LOCK_TIMEOUT` only when the pool had no connection to ask on
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
   * anything that runs for long. Where the language has no `await using` yet: `try { … } finally { await lock.release() }`. Not inside a
   * transaction (`LOCK_UNSUPPORTED`).
   *
   * @throws as `$mutex`, as far as the wait goes
   * @example
   * await using lock = await prisma.$acquireMutex('deploy', { timeoutMs: 60_000 })
   * await migrate({ signal: lock.signal })
   */
  $acquireMutex<const Name extends Names>(name: Name, options?: WaitOptions): Promise<Lock<Name>>

  /** The same, never waiting by default: `null` when somebody else has the lock. */
  $tryAcquireMutex<const Name extends Names>(name: Name, options?: WaitOptions): Promise<Lock<Name> | null>

  /**
   * Who has a lock at this moment: `null` when nobody.
   * @example
   * const holder = await prisma.$mutexHolder('deploy') // { sessionId: '12', user: 'shop', host: '10.0.0.7', … }
   */
  $mutexHolder(name: string, options?: Pick<WaitOptions, 'exactName'>): Promise<Holder | null>

  /**
   * Every key that is held or waited for on the server, with its holder and waiters, as far as the server shows them: all of them where
   * it lists them, MySQL to an account that may read performance_schema and MariaDB with the plugin METADATA_LOCK_INFO; otherwise those
   * that were taken on this client and those that are waited for.
   */
  $mutexes(): Promise<NamedLockEntry[]>
}

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- what Prisma itself has where an extension adds nothing
type Nothing = Record<never, never>

/** An extension for `prisma.$extends`, in Prisma's own terms. */
export type NamedLocksExtension = (client: unknown) => {
  $extends: {
    extArgs: {
      result: Nothing
      model: Nothing
      query: Nothing
      client: { [Method in keyof PrismaLocks]: () => PrismaLocks[Method] }
    }
  }
}
