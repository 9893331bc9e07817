import {
  connectionAttributes,
  type JoinedLocks,
  joinedLocks,
  LockEngine,
  LockUnsupportedError,
  type NamedLocks,
  type NamedLocksOptions,
  describeValue,
  namedLockMethods,
} from '@ormutex/core'
import { callbackDriver, SqlBackend, TransactionEnds } from '@ormutex/core/sql'
import type { Knex } from 'knex'
import type { KnexClientLike, KnexConnectionLike, KnexLike, KnexTransactionLike } from './knex-like.js'
import { knexSource } from './knex-source.js'
import { labelNewConnections } from './label-new-connections.js'
import { guardPool } from './transaction-ends.js'

export * from '@ormutex/core'

/** Knex's own transaction options, passed on to it as they are. */
export interface KnexTransactionOptions {
  /**
   * How far the transaction is kept apart from others, in Knex's words. Whatever it is, the callback sees what the last holder committed.
   * @default the session's: `repeatable read`, where nobody changed it
   */
  readonly isolationLevel?: Exclude<Knex.IsolationLevels, 'snapshot'> | undefined
  /**
   * Whether the transaction may only read: then the server refuses its writes.
   * @default false
   */
  readonly readOnly?: boolean | undefined
}

/** How a Knex instance or transaction begins transactions whose handles can take locks. */
export interface LockingTransactions {
  /**
   * Runs Knex's own transaction, without a lock; its `trx` has `withNamedLock` and `tryWithNamedLock`, which join it.
   * @param scope gets the transaction; it is committed when this resolves, rolled back when it rejects
   * @param config Knex's own
   * @throws what `scope` rejects with, or Knex
   */
  transaction<T>(scope: (trx: LockingTransaction) => Promise<T> | void, config?: Knex.TransactionConfig): Promise<T>
  /**
   * Begins Knex's own transaction, for `trx.commit()` and `trx.rollback()` by hand; locks can join it.
   * @param config Knex's own
   * @throws what Knex rejects with
   */
  transaction(config?: Knex.TransactionConfig): Promise<LockingTransaction>
  /**
   * Begins Knex's own transaction, for `trx.commit()` and `trx.rollback()` by hand; locks can join it.
   * @param config Knex's own
   * @throws what Knex rejects with
   */
  transaction(scope?: null, config?: Knex.TransactionConfig): Promise<LockingTransaction>
}

/** A Knex transaction, of `withNamedLock` or of the instance's own `transaction`, that can take further locks. */
export type LockingTransaction = LockingTransactions & JoinedLocks<LockingTransaction> & Knex.Transaction

/**
 * The Knex instance with the methods of ormutex.
 *
 * @typeParam K what it was before
 */
export type LockingKnex<K> = NamedLocks<LockingTransaction, KnexTransactionOptions> & LockingTransactions & K

const attached = new WeakSet<object>()

/**
 * Adds named locks to a Knex instance on mysql2, for MySQL and MariaDB, and returns that same instance. Transactions that
 * it begins get `withNamedLock` and `tryWithNamedLock`, too, which join them.
 *
 * @param knex a Knex instance with `client: 'mysql2'`
 * @param options `namespace` (default: the current database), `secret`, `defaults`, `maxWaiters`, `handOverMs`,
 *   `allowNodeLocalLocks`, `label`; see {@link NamedLocksOptions}
 * @throws {LockUnsupportedError} (`LOCK_UNSUPPORTED`) for another database
 * @throws {TypeError | RangeError} for what is no Knex instance, one that already has named locks, or wrong options
 * @example
 * const config = { client: 'mysql2', connection: process.env.DATABASE_URL! }
 * const db = namedLocks(knex(config), { namespace: 'shop' })
 * await db.withNamedLock('user:42', async (trx, lock) => {
 *   await trx('accounts').where({ id: 42 }).decrement('balance', 10)
 * }, { timeoutMs: 5_000 })
 */
export function namedLocks<K extends Knex>(knex: K, options?: NamedLocksOptions): LockingKnex<K> {
  checkKnex(knex)
  const source = knex as unknown as KnexLike
  const { client } = source
  const ends = new TransactionEnds<KnexConnectionLike>(callbackDriver)
  const backend = new SqlBackend(
    knexSource<LockingTransaction & KnexTransactionLike, KnexTransactionOptions>(source, ends),
    options,
  )
  const engine = new LockEngine(backend, options)
  attached.add(knex)
  guardPool(client, ends)
  labelNewConnections(client, connectionAttributes(options))
  extendTransactions(client, (transaction) => {
    Object.assign(transaction, joinedLocks(engine, transaction as LockingTransaction & KnexTransactionLike))
  })
  const destroy = client.destroy.bind(client)
  client.destroy = async (callback) => {
    await engine.close()
    return destroy(callback)
  }
  return Object.assign(knex, namedLockMethods(engine)) as unknown as LockingKnex<K>
}

function checkKnex(knex: unknown): void {
  const candidate = knex as (Partial<KnexLike> & { isTransaction?: boolean }) | null | undefined
  if (typeof candidate !== 'function' || typeof (candidate as Partial<KnexLike>).transaction !== 'function') {
    throw new TypeError(`namedLocks() needs a Knex instance, knex({ client: 'mysql2', … }), got ${describeValue(knex)}`)
  }
  const { client, isTransaction } = candidate as Partial<KnexLike> & { isTransaction?: boolean }
  if (isTransaction === true)
    throw new TypeError('namedLocks() needs the Knex instance itself, got one of its transactions')
  if (client?.driverName !== 'mysql2') {
    throw new LockUnsupportedError(
      `Named locks need MySQL or MariaDB through Knex's client 'mysql2', this instance uses ${String(client?.driverName)}`,
    )
  }
  if (client.pool === undefined) {
    throw new TypeError(
      'namedLocks() needs a Knex instance with a connection, this one has none: is the connection string undefined, since an ' +
        'environment variable is not set?',
    )
  }
  if (attached.has(candidate)) throw new TypeError('This Knex instance already has named locks')
}

/**
 * Every transaction that the client begins, and every savepoint inside it, is handed to `extend` before anyone else sees it.
 *
 * @param parent whose client it is, if it is a transaction's
 */
function extendTransactions(
  client: KnexClientLike,
  extend: (transaction: KnexTransactionLike) => void,
  parent?: KnexTransactionLike,
): void {
  const begin = client.transaction.bind(client)
  client.transaction = (container, config, outer) => {
    const extendAndRun = (transaction: KnexTransactionLike): unknown => {
      // Knex itself tells from 3.1 on.
      if (parent !== undefined) transaction.parentTransaction ??= parent
      // A transaction has a client of its own, made from the class and not from the instance.
      extendTransactions(transaction.client, extend, transaction)
      extend(transaction)
      return container(transaction)
    }
    return begin(extendAndRun, config, outer)
  }
}
