import {
  type CallbackConnectionLike,
  type MariadbConnectionLike,
  plainMariadbRows,
  plainRows,
  type Row,
  type SqlDriver,
} from '@ormutex/core/sql'
import type { SequelizeConnectionLike, SequelizeLike, StatementLogging } from './sequelize-like.js'

/**
 * Sequelize's `retry` is not for what locks and ends transactions: a second GET_LOCK would wait behind the caller's back, and
 * the answer to a second COMMIT on a dead connection would pass for the answer to the first.
 */
export const SENT_ONCE = { max: 1, match: [], timeout: undefined } as const

/** What a driver answered to one statement, before Sequelize makes anything of it. */
interface Answer {
  readonly rows?: readonly Row[]
  readonly error?: unknown
}

/**
 * How a connection sends one statement for Sequelize, and who gets the answer. Sequelize itself gets no rows: it cannot handle
 * those of the mariadb connector from 3.1 on (its issue 15701).
 */
type Sender<Connection> = (connection: Connection, answered: (answer: Answer) => void) => object

/** mysql2 as Sequelize's query calls it. */
const callbackSender: Sender<CallbackConnectionLike> = (connection, answered) => ({
  query: ({ sql }: { readonly sql: string }, callback: (error: unknown, rows: unknown) => void): unknown =>
    connection.query(plainRows(sql), (error, rows) => {
      answered(error ? { error } : { rows: rows as readonly Row[] })
      callback(error, [])
    }),
})

/** The mariadb connector as Sequelize's query calls it. */
const mariadbSender: Sender<MariadbConnectionLike> = (connection, answered) => ({
  query: async (sql: string): Promise<unknown> => {
    try {
      answered({ rows: (await connection.query(plainMariadbRows(sql))) as readonly Row[] })
      return []
    } catch (error) {
      answered({ error })
      throw error
    }
  },
})

/** Over the instance's own `query` defaults, which may ask for a model or for one row. */
const PLAIN_QUERY = { type: 'RAW', raw: true, plain: false, nest: false, retry: SENT_ONCE } as const

/**
 * A driver that sends through `sequelize.query`, so that the lock's statements are logged, timed and seen by hooks like any
 * other, but with rows and errors as the driver answers them.
 *
 * @param loggingOf how the statements on a connection are to be logged
 */
export function loggedDriver(
  sequelize: SequelizeLike,
  driver: SqlDriver<SequelizeConnectionLike>,
  loggingOf: (connection: SequelizeConnectionLike) => StatementLogging | undefined,
): SqlDriver<SequelizeConnectionLike> {
  const sender = sequelize.getDialect() === 'mariadb' ? mariadbSender : callbackSender
  return {
    ...driver,
    query: async (connection, sql) => {
      let answer: Answer = {}
      const view = (sender as Sender<SequelizeConnectionLike>)(connection, (given) => {
        answer = given
      })
      // No transaction of the application's: after error 1213 Sequelize would roll that back.
      const transaction = { connection: { ...view, uuid: connection.uuid }, rollback: async () => {} }
      try {
        await sequelize.query(sql, { ...PLAIN_QUERY, ...loggingOf(connection), transaction })
      } catch (error) {
        // None of the driver's: a hook of the application's threw, before or after.
        throw answer.error ?? error
      }
      return answer.rows ?? []
    },
  }
}
