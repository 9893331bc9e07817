import {
  connectionAttributes,
  describeValue,
  type JoinedLocks,
  type JoinOption,
  type LockCallback,
  LockEngine,
  LockUnsupportedError,
  type NamedLocks,
  type NamedLocksOptions,
  namedLockMethods,
  type Names,
  type WaitOptions,
} from '@ormutex/core'
import { labelConnections, SqlBackend } from '@ormutex/core/sql'
import type { Pool as CallbackPool } from 'mysql2'
import type { Pool, PoolConnection } from 'mysql2/promise'
import { handedOutBy } from './handed-out.js'
import type { PoolLike } from './mysql2-like.js'
import { JOIN_OPTION, type Mysql2TransactionOptions, poolSource } from './pool-source.js'

export * from '@ormutex/core'
export type { Mysql2TransactionOptions } from './pool-source.js'

/** The connection that a callback gets: mysql2's own in its promise form, in a transaction, with locks that join it. */
export type LockedConnection = PoolConnection & JoinedLocks<LockedConnection>

/** Options of a call: how to begin the transaction, or the connection of one to join. */
export interface Mysql2CallOptions extends Mysql2TransactionOptions {
  /**
   * The connection that a callback of `withNamedLock` was given: the lock joins its transaction and stays until that one has ended. Given
   * but undefined or null it is refused (`LOCK_NO_TRANSACTION`), and so is any other connection (`LOCK_UNSUPPORTED`).
   * @default none: a transaction of the call's own
   */
  readonly connection?: LockedConnection
}

/** Named locks on a mysql2 pool. */
export type PoolLocks = NamedLocks<LockedConnection, Mysql2CallOptions>

const attached = new WeakSet<object>()

/**
 * Named locks for a mysql2 pool of either kind (`mysql2` or `mysql2/promise`). Callbacks get a connection in its promise form
 * with a transaction open on it; it is given back by itself.
 *
 * @param pool a mysql2 pool
 * @param options `namespace` (default: the current database), `secret`, `defaults`, `maxWaiters`, `handOverMs`,
 *   `allowNodeLocalLocks`, `label`; see {@link NamedLocksOptions}
 * @throws {TypeError | RangeError} for what is no pool, one that already has named locks, or wrong options
 * @example
 * const locks = namedLocks(createPool({ uri, connectionLimit: 10 }), { namespace: 'shop' })
 * await locks.withNamedLock('user:42', async (connection, lock) => {
 *   await connection.query('UPDATE accounts SET balance = balance - 10 WHERE id = 42')
 * })
 */
export function namedLocks(pool: Pool | CallbackPool, options?: NamedLocksOptions): PoolLocks {
  const callbackPool = toCallbackPool(pool)
  if (attached.has(callbackPool)) throw new TypeError('This pool already has named locks')
  const source = poolSource<LockedConnection>(callbackPool, (connection) => ({
    withNamedLock: (...call: JoinedCall) => engine.withJoinedLock(connection(), ...call),
    tryWithNamedLock: (...call: JoinedCall) => engine.tryWithJoinedLock(connection(), ...call),
  }))
  const engine = new LockEngine(new SqlBackend(source, options), options)
  attached.add(callbackPool)
  labelConnections(callbackPool.config.connectionConfig, connectionAttributes(options))
  const end = callbackPool.end.bind(callbackPool)
  callbackPool.end = (callback) => void engine.close().then(() => end(callback))
  return namedLockMethods(engine, joinConnection(callbackPool))
}

type JoinedCall = [name: Names, callback: LockCallback<LockedConnection, Names, unknown>, options?: WaitOptions]

function toCallbackPool(pool: unknown): PoolLike {
  const candidate = pool as (Partial<PoolLike> & { pool?: Partial<PoolLike> }) | null | undefined
  // A promise pool carries its callback pool; a pool cluster and a single connection have no connectionConfig here.
  const callbackPool = candidate?.pool ?? candidate
  if (typeof callbackPool?.getConnection !== 'function' || callbackPool.config?.connectionConfig === undefined) {
    throw new TypeError(`namedLocks() needs a mysql2 pool, got ${describeValue(pool)}`)
  }
  return callbackPool as PoolLike
}

function joinConnection(pool: PoolLike): JoinOption<LockedConnection> {
  return {
    option: JOIN_OPTION,
    accept: (value) => {
      if (handedOutBy(value) === pool) return value as LockedConnection
      throw new LockUnsupportedError(
        'Only a connection that a callback of withNamedLock of this same pool was given can be joined: mysql2 does not tell ' +
          'when another one commits',
      )
    },
    advice:
      'Pass the connection that a callback of withNamedLock was given, or leave the option out for a transaction of its own',
  }
}
