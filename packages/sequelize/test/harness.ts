import { type JoinedLocks, type LockingSequelize, namedLocks } from '@ormutex/sequelize'
import type { Harness, OpenOptions, Row } from '@ormutex/testkit'
import { QueryTypes, Sequelize, type Transaction } from 'sequelize'
import { configFor, poolOf, type SequelizeDialect } from './opened.js'

/**
 * Sequelize on one of its dialects, as the conformance suite drives it.
 *
 * @param driver another driver than the dialect's own, by what it is called
 */
export function sequelizeHarness(
  dialect: SequelizeDialect,
  driver?: { readonly name: string; readonly module: object },
): Harness<Transaction> {
  return {
    name: `Sequelize with ${driver?.name ?? `dialect ${dialect}`}`,
    capabilities: { server: true, joins: 'any' },
    driverError: (error) => (error as { readonly original?: unknown }).original ?? error,
    async open({ server, poolSize, namedLocks: options }: OpenOptions) {
      const config = { ...configFor(dialect, server!, poolSize), ...(driver && { dialectModule: driver.module }) }
      const sequelize = namedLocks(new Sequelize(config), options)
      const query = async (transaction: Transaction | null, sql: string, replacements?: unknown[]): Promise<Row[]> =>
        sequelize.query<Row>(sql, { transaction, type: QueryTypes.SELECT, ...(replacements && { replacements }) })
      return {
        locks: sequelize,
        joined: (transaction) => joinedLocks(sequelize, transaction),
        transaction: (work) => sequelize.transaction(work),
        savepoint: (transaction, work) => sequelize.transaction({ transaction }, work),
        read: async (transaction, name) => {
          const rows = await query(transaction, 'SELECT value FROM counters WHERE name = ?', [name])
          return (rows[0]?.['value'] as number | undefined) ?? 0
        },
        write: async (transaction, name, value) => {
          const replacements = [name, value]
          await sequelize.query('REPLACE INTO counters (name, value) VALUES (?, ?)', { transaction, replacements })
        },
        query: async (transaction, sql) => {
          // Rows only as a SELECT: raw ones of the mariadb connector from 3.1 on are too much for Sequelize (its issue 15701).
          if (/^SELECT\b/.test(sql)) return query(transaction, sql)
          await sequelize.query(sql, { transaction })
          return []
        },
        isolation: (isolationLevel) => ({ isolationLevel }),
        connectionsInUse: () => poolOf(sequelize).using,
        killSession: async (sessionId) => void (await sequelize.query(`KILL ${Number(sessionId)}`)),
        close: () => sequelize.close(),
      }
    },
  }
}

/** A Sequelize transaction has no methods of ormutex: the root object's take it as an option. */
function joinedLocks(sequelize: LockingSequelize, transaction: Transaction): JoinedLocks<Transaction> {
  return {
    withNamedLock: (name, callback, options) => sequelize.withNamedLock(name, callback, { ...options, transaction }),
    tryWithNamedLock: (name, callback, options) =>
      sequelize.tryWithNamedLock(name, callback, { ...options, transaction }),
  }
}
