import { LockFailedError, PoolTimeoutError } from '@ormutex/core'
import {
  callbackDriver,
  checkFlag,
  checkOneOf,
  hasPlainRows,
  plainRows,
  type Row,
  runChained,
  type SqlDriver,
  type SqlSource,
  type TransactionEnds,
} from '@ormutex/core/sql'
import type { KnexClientLike, KnexConnectionLike, KnexLike, KnexTransactionLike, NativePoolLike } from './knex-like.js'
import { watchTransaction } from './transaction-ends.js'

/** Knex's pool when nothing was configured. */
const DEFAULT_POOL_SIZE = 10

/** Knex's own words for a transaction. */
const TRANSACTION_OPTIONS = ['isolationLevel', 'readOnly']

/** Knex's words for the levels that MySQL and MariaDB have. */
const ISOLATION_LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable']

/** Knex, as the core sees it. `Tx` is what Knex calls a transaction, with the methods of ormutex on it. */
export function knexSource<Tx extends KnexTransactionLike, TxOptions extends object>(
  knex: KnexLike,
  ends: TransactionEnds<KnexConnectionLike>,
): SqlSource<KnexConnectionLike, Tx, TxOptions> {
  const { client } = knex
  const driver: SqlDriver<KnexConnectionLike> = {
    ...callbackDriver,
    // Through the client, so that the lock's statements show in Knex's `query` events and debug output like any other.
    query: async (connection, sql) => {
      const { response } = await client.query(
        connection,
        hasPlainRows(connection) ? { sql } : { sql, options: plainRows(sql) },
      )
      return response[0] as readonly Row[]
    },
  }
  return {
    driver,
    poolSize: poolSizeOf(client),
    pinsWithoutLimit: nativePoolOf(client) !== undefined,
    transactionOptions: TRANSACTION_OPTIONS,
    joining: { how: 'trx.withNamedLock(…)' },
    checkTransactionOptions,
    pin: async () => {
      try {
        return await client.acquireConnection()
      } catch (error) {
        if (error instanceof Error && error.name === 'KnexTimeoutError') throw new PoolTimeoutError(error)
        throw error
      }
    },
    unpin: (connection) => {
      // Knex leaves its mark on a connection that it was given for a transaction.
      delete connection.__knexTxId
      client.releaseConnection(connection).catch(() => {
        // The instance was destroyed meanwhile and has forgotten its pool, which lives on if it is the application's own.
        if (connection.release === undefined) connection.destroy()
        else connection.release()
      })
    },
    transaction: (connection, work, options, chain) =>
      runChained(connection, 'callback', chain, async (aboutToEnd) => {
        const run = async (transaction: KnexTransactionLike): Promise<void> => {
          // Knex calls back although BEGIN failed, and rejects with that failure.
          if (transaction.isCompleted()) throw new Error('The transaction could not be begun')
          await work(transaction as Tx)
          aboutToEnd()
        }
        await knex.transaction(run, { ...options, connection })
      }),
    resetsConnections: nativePoolOf(client)?.config.resetOnRelease === true,
    rootOf,
    connectionOf: async (transaction) => {
      if (transaction.isCompleted())
        throw new LockFailedError('The transaction has already been committed or rolled back')
      return rootOf(transaction).client.acquireConnection()
    },
    onTransactionEnd: (transaction, connection, listener) =>
      watchTransaction(rootOf(transaction), connection, ends, listener),
  }
}

function checkTransactionOptions(options: { readonly isolationLevel?: unknown; readonly readOnly?: unknown }): void {
  checkOneOf('isolationLevel', options.isolationLevel, ISOLATION_LEVELS)
  checkFlag('readOnly', options.readOnly)
}

function poolSizeOf(client: KnexClientLike): number {
  const limit = client.pool?.max ?? nativePoolOf(client)?.config.connectionLimit ?? DEFAULT_POOL_SIZE
  return limit === 0 ? Infinity : limit
}

/** The mysql2 pool that Knex was given instead of making its own. */
export function nativePoolOf(client: KnexClientLike): NativePoolLike | undefined {
  const pool = client.config?.connectionPool
  const callbackPool = pool?.pool ?? pool
  return callbackPool?.config?.connectionConfig === undefined ? undefined : (callbackPool as NativePoolLike)
}

/** The transaction around all savepoints: only its COMMIT makes anything visible. */
function rootOf(transaction: KnexTransactionLike): KnexTransactionLike {
  let root = transaction
  while (root.parentTransaction !== undefined) root = root.parentTransaction
  return root
}
