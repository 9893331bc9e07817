import { LockFailedError, LockNoTransactionError, PoolTimeoutError } from '@ormutex/core'
import { checkOneOf, mariadbDriver, runChained, type SqlSource, type TransactionEnds } from '@ormutex/core/sql'
import { type HandedOut, handOut } from './handed-out.js'
import type { ConnectionLike, PoolLike } from './mariadb-like.js'

/** How the transaction is to be begun. */
export interface TransactionOptions {
  /** @default the session's */
  readonly isolationLevel?:
    | 'READ UNCOMMITTED'
    | 'READ COMMITTED'
    | 'REPEATABLE READ'
    | 'SERIALIZABLE'
    | undefined
}

const ISOLATION_LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE']

/** ER_GET_CONNECTION_TIMEOUT: the pool's `acquireTimeout` ran out. */
const POOL_TIMEOUT = 45_028

/** The server's flag for an open transaction. */
const IN_TRANSACTION = 1

/** The most connections of a pool; `undefined` for what is none. */
export function poolSizeOf(pool: unknown): number | undefined {
  const limit = /^poolPromise\(.*\blimit=(\d+)\)$/.exec(String(pool))?.[1]
  return limit === undefined ? undefined : Number(limit)
}

/**
 * A pool, as the core sees it.
 *
 * @param ends through which borrowed connections send what ends their transactions
 * @param methodsFor what a connection in a transaction can do besides being one
 */
export function poolSource(
  pool: PoolLike,
  ends: TransactionEnds<ConnectionLike>,
  methodsFor: (connection: ConnectionLike) => object,
): SqlSource<ConnectionLike, ConnectionLike, TransactionOptions> {
  const borrow = pool.getConnection.bind(pool)
  const handedOut = new WeakSet<ConnectionLike>()
  return {
    driver: mariadbDriver,
    poolSize: poolSizeOf(pool),
    transactionOptions: ['isolationLevel'],
    joining: { how: 'connection.withNamedLock(…)' },
    // The level ends up in a statement as it is.
    checkTransactionOptions: ({ isolationLevel }) =>
      checkOneOf('isolationLevel', isolationLevel, ISOLATION_LEVELS),
    pin: async () => {
      try {
        return await borrow()
      } catch (error) {
        throw (error as { readonly errno?: unknown }).errno === POOL_TIMEOUT
          ? new PoolTimeoutError(error)
          : error
      }
    },
    unpin: (connection) => void connection.release(),
    transaction: (connection, work, options, chain) =>
      runChained(connection, 'promise', chain, async (aboutToEnd) => {
        const { isolationLevel } = options
        if (isolationLevel !== undefined)
          await connection.query(`SET TRANSACTION ISOLATION LEVEL ${isolationLevel}`)
        await connection.query('BEGIN')
        const given: HandedOut = handOut(connection, methodsFor)
        handedOut.add(given.connection)
        try {
          await work(given.connection)
        } catch (error) {
          given.revoke()
          await connection.query('ROLLBACK')
          throw error
        }
        given.revoke()
        aboutToEnd()
        await connection.query('COMMIT')
      }),
    rootOf: (connection) => connection,
    connectionOf: async (connection) => {
      if (handedOut.has(connection))
        throw new LockFailedError('The locked section that this connection was handed to has ended')
      if (((connection.info?.status ?? 0) & IN_TRANSACTION) === 0) {
        throw new LockNoTransactionError(
          'No transaction is open on this connection. Await beginTransaction() before the lock, ' +
            'or call withNamedLock() on the pool',
        )
      }
      return connection
    },
    onTransactionEnd: (_, connection, listener) => ends.onEnd(connection, listener),
  }
}
