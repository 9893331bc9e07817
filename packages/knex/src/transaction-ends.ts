import { callbackDriver } from '@ormutex/core/sql'
import type { KnexClientLike, KnexConnectionLike, KnexTransactionLike } from './knex-like.js'

/** COMMIT and ROLLBACK, but not ROLLBACK TO SAVEPOINT. */
const ENDS_TRANSACTION = /^\s*(?:commit|rollback(?!\s+(?:work\s+)?to\b))\b/i

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

  /** Calls back once, after the answer to COMMIT or ROLLBACK and before whoever sent it goes on. */
  onEnd(transaction: KnexTransactionLike, connection: KnexConnectionLike, listener: () => Promise<void>): void {
    const { client } = transaction
    const query = client.query.bind(client)
    const end = (): Promise<void> => {
      client.query = query
      this.#onRelease.delete(connection)
      return listener()
    }
    this.#onRelease.set(connection, end)
    client.query = async (usedConnection, statement) => {
      if (!ENDS_TRANSACTION.test(typeof statement === 'string' ? statement : statement.sql)) {
        return query(usedConnection, statement)
      }
      try {
        return await query(usedConnection, statement)
      } catch (error) {
        // Whether the transaction is still open is not known, and Knex would put the connection back into the pool.
        callbackDriver.sever(connection)
        throw error
      } finally {
        await end()
      }
    }
  }
}
