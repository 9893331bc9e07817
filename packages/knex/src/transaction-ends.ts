import type { TransactionEndListener } from '@ormutex/core'
import { callbackDriver, isConnectionGone } from '@ormutex/core/sql'
import type { KnexClientLike, KnexConnectionLike, KnexTransactionLike } from './knex-like.js'

/** COMMIT and ROLLBACK, but not ROLLBACK TO SAVEPOINT. */
const ENDS_TRANSACTION = /^\s*(commit|rollback(?!\s+(?:work\s+)?to\b))\b/i

/**
 * Tells when a transaction that Knex runs has ended. Knex has no event for it that comes before the connection is back in
 * the pool, but every way to end a transaction sends COMMIT or ROLLBACK through the transaction's own client.
 */
export class TransactionEnds {
  /** What is still to be done on a connection before it may serve anyone else. */
  readonly #onRelease = new WeakMap<KnexConnectionLike, () => Promise<void>>()

  /** Makes sure that no connection goes back into the pool before its transaction's end was heard of, however it ended. */
  guardPool(client: KnexClientLike): void {
    const release = client.releaseConnection.bind(client)
    client.releaseConnection = async (connection) => {
      try {
        await this.#onRelease.get(connection)?.()
      } finally {
        await release(connection)
      }
    }
  }

  /** Calls back before COMMIT or ROLLBACK is sent, and after its answer, before whoever sent it goes on. */
  onEnd(transaction: KnexTransactionLike, connection: KnexConnectionLike, listener: TransactionEndListener): void {
    const { client } = transaction
    const query = client.query.bind(client)
    const ended = (): Promise<void> => {
      client.query = query
      this.#onRelease.delete(connection)
      return listener.ended()
    }
    this.#onRelease.set(connection, ended)
    client.query = async (usedConnection, statement) => {
      const ends = ENDS_TRANSACTION.exec(typeof statement === 'string' ? statement : statement.sql)
      // Knex refuses by itself what comes after the end.
      if (ends === null || transaction.isCompleted()) return query(usedConnection, statement)
      // Knex counts the transaction as completed as soon as this returns, and its own query would refuse what comes later.
      const unchecked = Object.getPrototypeOf(client) as KnexClientLike
      await listener.ending()
      try {
        return await unchecked.query.call(client, usedConnection, statement)
      } catch (error) {
        // Whether the transaction is still open is not known, and Knex would put the connection back into the pool.
        callbackDriver.sever(connection)
        // A server rolls back what a dead connection leaves; the caller is to hear why it was rolled back, not that.
        if (isConnectionGone(error) && /^rollback$/i.test(ends[1]!)) return { response: [] }
        throw error
      } finally {
        await ended()
      }
    }
  }
}
