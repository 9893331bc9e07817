import { LockFailedError, LockUnsupportedError, PoolTimeoutError } from '@ormutex/core'
import {
  checkFlag,
  checkOneOf,
  runChained,
  type SqlDriver,
  type SqlSource,
  type TransactionEnds,
} from '@ormutex/core/sql'
import type { SequelizeCallOptions } from './call-options.js'
import { beginOn } from './pinned-transaction.js'
import type {
  SequelizeConnectionLike,
  SequelizeLike,
  SequelizeTransactionLike,
  StatementLogging,
} from './sequelize-like.js'
import { loggedDriver } from './statements.js'

/** The option of a call that names the transaction that a lock is to join. */
export const JOIN_OPTION = 'transaction'

/** Sequelize's own words for a transaction. */
const TRANSACTION_OPTIONS = ['isolationLevel', 'type', 'readOnly', 'deferrable', 'autocommit', 'logging', 'benchmark']

/** `Transaction.ISOLATION_LEVELS` and `Transaction.TYPES`. */
const ISOLATION_LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE']
const TYPES = ['DEFERRED', 'IMMEDIATE', 'EXCLUSIVE']

/** A Sequelize instance, as the core sees it. */
export function sequelizeSource(
  sequelize: SequelizeLike,
  driver: SqlDriver<SequelizeConnectionLike>,
  ends: TransactionEnds<SequelizeConnectionLike>,
): SqlSource<SequelizeConnectionLike, SequelizeTransactionLike, SequelizeCallOptions> {
  const { connectionManager } = sequelize
  const answerForm = sequelize.getDialect() === 'mariadb' ? 'promise' : 'callback'
  /** The lock's statements are logged where the BEGIN and the COMMIT of its transaction are. */
  const loggingOf = new WeakMap<SequelizeConnectionLike, StatementLogging>()
  const useLogging = (connection: SequelizeConnectionLike, { logging, benchmark }: StatementLogging): void => {
    loggingOf.set(connection, {
      ...(logging !== undefined && { logging }),
      ...(benchmark !== undefined && { benchmark }),
    })
  }
  return {
    driver: loggedDriver(sequelize, driver, (connection) => loggingOf.get(connection)),
    poolSize: connectionManager.config.pool.max,
    transactionOptions: TRANSACTION_OPTIONS,
    joining: { how: 'withNamedLock(…, { transaction })', option: JOIN_OPTION },
    checkTransactionOptions,
    pin: async (purpose = {}) => {
      try {
        // With replication a lock is one on the server that is written to, whatever its statements look like.
        const connection = await connectionManager.getConnection({ useMaster: true })
        useLogging(connection, purpose)
        return connection
      } catch (error) {
        if (isPoolTimeout(error)) throw new PoolTimeoutError(error)
        throw error
      }
    },
    unpin: (connection) => {
      loggingOf.delete(connection)
      connectionManager.releaseConnection(connection)
    },
    transaction: (connection, work, options, chain) =>
      runChained(connection, answerForm, chain, (aboutToEnd) =>
        beginOn(
          sequelize,
          connection,
          async (transaction) => {
            await work(transaction)
            aboutToEnd()
          },
          options,
        ),
      ),
    repurpose: (connection, purpose) => {
      useLogging(connection, purpose)
      return true
    },
    rootOf,
    connectionOf: async (transaction) => {
      const connection = openConnectionOf(transaction)
      useLogging(connection, rootOf(transaction).options)
      return connection
    },
    onTransactionEnd: (_, connection, listener) => ends.onEnd(connection, listener),
  }
}

/** The connection that a transaction runs on. @throws {LockFailedError | LockUnsupportedError} when no lock can be taken on it */
function openConnectionOf(transaction: SequelizeTransactionLike): SequelizeConnectionLike {
  const { connection, finished } = rootOf(transaction)
  if (connection === undefined) throw new LockFailedError('The transaction has not begun')
  if (finished !== undefined) throw new LockFailedError('The transaction around this savepoint has already ended')
  if (connection.queryType === 'read') {
    throw new LockUnsupportedError(
      'This transaction runs on a server that is only read from (readOnly with replication), where a lock excludes nobody ' +
        'who writes. Begin it without readOnly, or let withNamedLock begin it',
    )
  }
  return connection
}

/** The transaction around all savepoints: only its COMMIT makes anything visible. */
export function rootOf(transaction: SequelizeTransactionLike): SequelizeTransactionLike {
  let root = transaction
  while (root.parent) root = root.parent
  return root
}

function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'SequelizeConnectionAcquireTimeoutError'
}

function checkTransactionOptions(options: SequelizeCallOptions): void {
  checkOneOf('isolationLevel', options.isolationLevel, ISOLATION_LEVELS)
  checkOneOf('type', options.type, TYPES)
  checkFlag('readOnly', options.readOnly)
  checkFlag('autocommit', options.autocommit)
  checkFlag('benchmark', options.benchmark)
  if (options.logging !== undefined && typeof options.logging !== 'function') checkFlag('logging', options.logging)
}
