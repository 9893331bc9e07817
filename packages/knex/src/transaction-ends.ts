import type { TransactionEndListener } from '@ormutex/core'
import { endOf, type TransactionEnds } from '@ormutex/core/sql'
import type { KnexClientLike, KnexConnectionLike, KnexTransactionLike } from './knex-like.js'

/** Makes sure that no connection goes back into the pool before its transaction's end was heard of, however it ended. */
export function guardPool(client: KnexClientLike, ends: TransactionEnds<KnexConnectionLike>): void {
  const release = client.releaseConnection.bind(client)
  client.releaseConnection = async (connection) => {
    const waiting = ends.beforeRelease(connection)
    try {
      // Else at once: whoever comes next is to find it in the pool.
      if (waiting !== undefined) await waiting
    } finally {
      await release(connection)
    }
  }
}

/** Every way to end a transaction of Knex sends COMMIT or ROLLBACK through the transaction's own client. */
export function watchTransaction(
  transaction: KnexTransactionLike,
  connection: KnexConnectionLike,
  ends: TransactionEnds<KnexConnectionLike>,
  listener: TransactionEndListener,
): void {
  const { client } = transaction
  const query = client.query.bind(client)
  ends.onEnd(connection, {
    ending: () => listener.ending(),
    ended: () => {
      client.query = query
      return listener.ended()
    },
  })
  client.query = async (usedConnection, statement) => {
    const how = endOf(typeof statement === 'string' ? statement : statement.sql)
    // Knex refuses by itself what comes after the end.
    if (how === null || transaction.isCompleted()) return query(usedConnection, statement)
    // Knex counts the transaction as completed as soon as this returns, and its own query would refuse what comes later.
    const unchecked = Object.getPrototypeOf(client) as KnexClientLike
    return ends.end(connection, how, () => unchecked.query.call(client, usedConnection, statement), { response: [] })
  }
}
