import type { TransactionEndListener } from '../backend.js'
import { isConnectionGone } from './sql-errors.js'
import type { SqlDriver } from './sql-source.js'

/** What ends a transaction for good. */
export type TransactionEnd = 'commit' | 'rollback'

/** White space and comments of any kind. */
export const GAP = String.raw`(?:\s|/\*[^]*?\*/|(?:--\s|#)[^\n]*\n)`

/** COMMIT and ROLLBACK, but not ROLLBACK TO SAVEPOINT. */
const ENDS_TRANSACTION = new RegExp(`^${GAP}*(commit|rollback(?!${GAP}+(?:work${GAP}+)?to\\b))\\b`, 'i')

/**
 * How a statement ends the transaction it is sent in: `null` when it does not.
 *
 * @param sql the statement
 */
export function endOf(sql: string): TransactionEnd | null {
  return (ENDS_TRANSACTION.exec(sql)?.[1]?.toLowerCase() as TransactionEnd | undefined) ?? null
}

/**
 * Who has locks in the transactions that an ORM runs by itself. ORMs have no event for a transaction's end that comes before
 * its connection is back in the pool, but each has a place that every COMMIT and ROLLBACK passes: the adapter's part is to
 * send them through `end`, and connections that go back into the pool through `beforeRelease`.
 */
export class TransactionEnds<Connection extends object> {
  readonly #driver: Pick<SqlDriver<Connection>, 'sever' | 'driverErrorOf'>
  readonly #listeners = new WeakMap<Connection, TransactionEndListener>()

  /**
   * Who has locks in the transactions of one ORM's instance.
   * @param driver ends connections of which it is in doubt whether their transaction has ended
   */
  constructor(driver: Pick<SqlDriver<Connection>, 'sever' | 'driverErrorOf'>) {
    this.#driver = driver
  }

  /** Calls back around the end of the transaction that runs on a connection, see `JoinedSession.onEnd`. */
  onEnd(connection: Connection, listener: TransactionEndListener): void {
    this.#listeners.set(connection, listener)
  }

  /** Whether somebody waits for the end of the transaction that runs on a connection. */
  isAwaited(connection: Connection): boolean {
    return this.#listeners.has(connection)
  }

  /**
   * Sends what ends a transaction; settles when whoever has locks in it has been told, so before the ORM can give the
   * connection back.
   *
   * @param nothing what `send` resolves with when there is nothing to tell
   * @throws what `send` rejects with, unless a rollback is what the server does anyway
   */
  async end<T>(connection: Connection, how: TransactionEnd, send: () => Promise<T>, nothing: T): Promise<T> {
    let isSent = false
    try {
      await this.#listeners.get(connection)?.ending()
      isSent = true
      return await send()
    } catch (error) {
      // Whether the transaction is still open is not known, and in the pool the next BEGIN would commit it.
      this.#driver.sever(connection)
      // A server rolls back what a dead connection leaves; the caller is to hear why it was rolled back, not that.
      const { driverErrorOf } = this.#driver
      const cause = driverErrorOf === undefined ? error : driverErrorOf(error)
      if (how === 'rollback' && (!isSent || isConnectionGone(cause))) return nothing
      throw error
    } finally {
      await this.#ended(connection)
    }
  }

  /**
   * To be waited for before a connection goes back into the pool, so that no lock goes with it although its transaction's
   * end was not heard of; `undefined` when nothing is to be waited for. Never rejects.
   */
  beforeRelease(connection: Connection): Promise<void> | undefined {
    return this.#listeners.has(connection) ? this.#ended(connection) : undefined
  }

  async #ended(connection: Connection): Promise<void> {
    const listener = this.#listeners.get(connection)
    this.#listeners.delete(connection)
    await listener?.ended()
  }
}
