import {
  describeValue,
  type JoinedLocks,
  joinedLocks,
  LockEngine,
  type NamedLocks,
  type NamedLocksOptions,
  namedLockMethods,
} from '@ormutex/core'
import { mariadbDriver, SqlBackend, TransactionEnds } from '@ormutex/core/sql'
import type { Pool, PoolConnection } from 'mariadb'
import type { ConnectionLike, PoolLike } from './mariadb-like.js'
import { poolSizeOf, poolSource, type TransactionOptions } from './pool-source.js'
import { watchEnds } from './transaction-ends.js'

export * from '@ormutex/core'
export type { TransactionOptions } from './pool-source.js'

/** A connection whose transaction can take locks: what a callback gets, and what `getConnection()` gives. */
export type LockingConnection = JoinedLocks<LockingConnection> & PoolConnection

/** The pool with the methods of ormutex. */
export type LockingPool<P> = NamedLocks<LockingConnection, TransactionOptions> & {
  getConnection(): Promise<LockingConnection>
} & P

const attached = new WeakSet<object>()

/**
 * Adds named locks to a pool of the mariadb connector and returns that same pool. Connections that it gives get
 * `withNamedLock` and `tryWithNamedLock`, too, which join the transaction that is open on them.
 *
 * @param pool what the connector's `createPool` made. With `connectAttributes: connectionAttributes(options)`
 * in its settings other processes see who holds a lock: a pool cannot be given attributes later
 * @param options `namespace` (default: the current database), `secret`, `defaults`, `maxWaiters`, `handOverMs`
 * (0 for a pool with `resetAfterUse`), `allowNodeLocalLocks`, `label`
 * @throws {TypeError | RangeError} for what is no such pool, one that already has named locks, or wrong options
 * @example
 * const pool = namedLocks(createPool(settings), { namespace: 'shop' })
 * await pool.withNamedLock('user:42', (connection) =>
 *   connection.query('UPDATE accounts SET balance = balance - 10 WHERE id = 42'),
 * )
 */
export function namedLocks<P extends Pool>(pool: P, options?: NamedLocksOptions): LockingPool<P> {
  if (poolSizeOf(pool) === undefined)
    throw new TypeError(`namedLocks() needs a promise pool of the mariadb connector, got ${describeValue(pool)}`)
  if (attached.has(pool)) throw new TypeError('This pool already has named locks')

  const source: PoolLike = pool
  const ends = new TransactionEnds<ConnectionLike>(mariadbDriver)
  const methodsFor = (connection: ConnectionLike): object => joinedLocks(engine, connection)
  const backend = new SqlBackend(poolSource(source, ends, methodsFor), options)
  const engine = new LockEngine(backend, options)
  attached.add(pool)

  const getConnection = source.getConnection.bind(source)
  const end = source.end.bind(source)
  source.getConnection = async () => {
    const connection = await getConnection()
    watchEnds(connection, ends)
    return Object.assign(connection, methodsFor(connection))
  }
  source.end = async () => {
    await engine.close()
    return end()
  }
  return Object.assign(pool, namedLockMethods(engine)) as unknown as LockingPool<P>
}
