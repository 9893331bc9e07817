import { LockFailedError, PoolTimeoutError } from '@ormutex/core'
import { callbackDriver, checkFlag, checkOneOf, runChained, type SqlSource } from '@ormutex/core/sql'
import { handOut } from './handed-out.js'
import type { PoolConnectionLike, PoolLike } from './mysql2-like.js'

/** How the transaction is to be begun. */
export interface Mysql2TransactionOptions {
  /**
   * How far the transaction is kept apart from others. Whatever it is, the callback sees what the last holder committed.
   * @default the session's: `REPEATABLE READ`, where nobody changed it
   */
  readonly isolationLevel?: 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE' | undefined
  /**
   * Whether the transaction may only read: then the server refuses its writes.
   * @default false
   */
  readonly readOnly?: boolean | undefined
}

/** The option of a call that names the connection whose transaction a lock is to join. */
export const JOIN_OPTION = 'connection'

const ISOLATION_LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE']

/**
 * A mysql2 pool, as the core sees it.
 *
 * @param methodsFor what a handed-out connection can do besides being one
 */
export function poolSource<Tx extends object>(
  pool: PoolLike,
  methodsFor: (connection: () => Tx) => object,
): SqlSource<PoolConnectionLike, Tx, Mysql2TransactionOptions> {
  const { connectionLimit } = pool.config
  return {
    driver: callbackDriver,
    poolSize: connectionLimit === 0 ? Infinity : connectionLimit,
    pinsWithoutLimit: true,
    transactionOptions: ['isolationLevel', 'readOnly'],
    joining: { how: 'connection.withNamedLock(…)', option: JOIN_OPTION },
    checkTransactionOptions,
    pin: () =>
      new Promise((resolve, reject) => {
        pool.getConnection((error, connection) => (error ? reject(asPoolTimeout(error)) : resolve(connection)))
      }),
    unpin: (connection) => connection.release(),
    transaction: (connection, work, options, chain) =>
      runChained(connection, 'callback', chain, async (aboutToEnd) => {
        const send = (sql: string): Promise<unknown> => callbackDriver.query(connection, sql)
        if (options.isolationLevel !== undefined)
          await send(`SET TRANSACTION ISOLATION LEVEL ${options.isolationLevel}`)
        await send(options.readOnly === true ? 'START TRANSACTION READ ONLY' : 'BEGIN')
        const handedOut = handOut(
          pool,
          connection,
          methodsFor(() => handedOut.connection as Tx),
        )
        try {
          await work(handedOut.connection as Tx)
        } catch (error) {
          handedOut.revoke()
          await send('ROLLBACK')
          throw error
        }
        handedOut.revoke()
        aboutToEnd()
        await send('COMMIT')
      }),
    resetsConnections: pool.config.resetOnRelease === true,
    rootOf: (connection) => connection,
    connectionOf: async () => {
      throw new LockFailedError('The locked section that this connection was handed to has ended')
    },
    onTransactionEnd: () => {},
  }
}

/** mysql2 gives these errors no code. */
const POOL_IS_FULL = new Set(['No connections available.', 'Queue limit reached.'])

function asPoolTimeout(error: unknown): unknown {
  return error instanceof Error && POOL_IS_FULL.has(error.message) ? new PoolTimeoutError(error) : error
}

/** The level ends up in a statement as it is. */
function checkTransactionOptions({ isolationLevel, readOnly }: Mysql2TransactionOptions): void {
  checkOneOf('isolationLevel', isolationLevel, ISOLATION_LEVELS)
  checkFlag('readOnly', readOnly)
}
