import type { Row, SqlDriver } from '@ormutex/core/sql'
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
 * What Sequelize's query takes for a connection of mysql2, which answers to a callback. It gets no rows, here and below: it
 * cannot handle those of the mariadb connector from 3.1 on (its issue 15701).
 */
function callbackView(send: () => Promise<void>): object {
  return {
    query: (_: unknown, callback: (error: unknown, rows?: readonly Row[]) => void): object => {
      send().then(() => callback(null, []), callback)
      return { setMaxListeners: () => {} }
    },
  }
}

/** The same for one of the mariadb connector, which answers with a promise. */
function promiseView(send: () => Promise<void>): object {
  return {
    query: async (): Promise<readonly Row[]> => {
      await send()
      return []
    },
  }
}

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
  const viewOf = sequelize.getDialect() === 'mariadb' ? promiseView : callbackView
  return {
    ...driver,
    query: async (connection, sql) => {
      let answer: Answer = {}
      const view = viewOf(async () => {
        try {
          answer = { rows: await driver.query(connection, sql) }
        } catch (error) {
          answer = { error }
          throw error
        }
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
