import { endOf, type TransactionEnds } from '@ormutex/core/sql'
import type { ConnectionLike, StatementLike } from './mariadb-like.js'

/** What the connector answers to a statement without rows. */
const NOTHING = { affectedRows: 0, insertId: 0n, warningStatus: 0 }

/**
 * Makes every way to end the transaction of a borrowed connection pass through `ends`. The object is the
 * borrower's own: the pool makes another one for the next.
 */
export function watchEnds(connection: ConnectionLike, ends: TransactionEnds<ConnectionLike>): void {
  const end = <T>(how: 'commit' | 'rollback', send: () => Promise<T>, nothing: T): Promise<T> =>
    ends.isAwaited(connection) ? ends.end(connection, how, send, nothing) : send()

  for (const how of ['commit', 'rollback'] as const) {
    const send = connection[how].bind(connection)
    connection[how] = () => end(how, send, undefined)
  }
  for (const method of ['query', 'execute'] as const) {
    const send = connection[method].bind(connection)
    connection[method] = (statement: StatementLike, values?: unknown) => {
      const how = endOf(typeof statement === 'string' ? statement : statement.sql)
      return how === null ? send(statement, values) : end(how, () => send(statement, values), NOTHING)
    }
  }
  // What would roll back without a word, and keep the lock or drop it before.
  for (const method of ['release', 'end', 'close', 'reset', 'changeUser'] as const) {
    const send: (options?: object) => Promise<void> = connection[method].bind(connection)
    connection[method] = async (options?: object) => {
      try {
        if (ends.isAwaited(connection)) await connection.rollback()
      } finally {
        await send(options)
      }
    }
  }
}
