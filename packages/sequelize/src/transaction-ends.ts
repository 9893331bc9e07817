import { endOf, type TransactionEnds } from '@ormutex/core/sql'
import { currentTransaction } from './cls.js'
import type { SequelizeConnectionLike, SequelizeLike } from './sequelize-like.js'

/** What `sequelize.query` resolves with for a statement without rows. */
const NOTHING = [[], 0]

/**
 * Every way to end a transaction of Sequelize sends COMMIT or ROLLBACK through `sequelize.query`, and waits for it before the
 * connection goes back into the pool and before `afterCommit` hooks run.
 */
export function watchTransactions(sequelize: SequelizeLike, ends: TransactionEnds<SequelizeConnectionLike>): void {
  const query = sequelize.query.bind(sequelize)
  sequelize.query = (statement, options) => {
    const transaction = options?.transaction === undefined ? currentTransaction(sequelize) : options.transaction
    const connection = transaction?.connection as SequelizeConnectionLike | undefined
    if (connection === undefined || !ends.isAwaited(connection)) return query(statement, options)
    const how = endOf(typeof statement === 'string' ? statement : statement.query)
    if (how === null) return query(statement, options)
    return ends.end(connection, how, () => query(statement, options), NOTHING)
  }
}

/** Makes sure that no connection goes back into the pool before its transaction's end was heard of, however it ended. */
export function guardPool({ connectionManager }: SequelizeLike, ends: TransactionEnds<SequelizeConnectionLike>): void {
  const release = connectionManager.releaseConnection.bind(connectionManager)
  connectionManager.releaseConnection = (connection) => {
    const waiting = ends.beforeRelease(connection)
    return waiting === undefined ? release(connection) : waiting.finally(() => release(connection))
  }
}
