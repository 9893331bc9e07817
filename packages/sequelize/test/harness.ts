import { type JoinedLocks, type LockingSequelize, namedLocks } from '@ormutex/sequelize'
import type { Harness, OpenOptions, Row, ServerAddress } from '@ormutex/testkit'
import { Sequelize, type Options, QueryTypes, Transaction } from 'sequelize'

/** The dialects of Sequelize that reach MySQL and MariaDB, by the driver that they use. */
export type SequelizeDialect = 'mysql' | 'mariadb'

/** A Sequelize configuration for a server. */
export function configFor(dialect: SequelizeDialect, server: Omit<ServerAddress, 'flavour'>, poolSize = 5): Options {
  const { host, port, user, password, database } = server
  return {
    dialect,
    host,
    port,
    username: user,
    password,
    database,
    logging: false,
    pool: { max: poolSize, idle: 600_000 },
    // The connector asks for the server's public key only when told to; MySQL's default accounts need it without TLS.
    ...(dialect === 'mariadb' && { dialectOptions: { allowPublicKeyRetrieval: true } }),
  }
}

/** Sequelize on one of its dialects, as the conformance suite drives it. */
export function sequelizeHarness(dialect: SequelizeDialect): Harness<Transaction> {
  return {
    name: `Sequelize with dialect ${dialect}`,
    capabilities: { server: true, joins: 'any' },
    driverError: (error) => (error as { readonly original?: unknown }).original ?? error,
    async open({ server, poolSize, namedLocks: options }: OpenOptions) {
      const sequelize = namedLocks(new Sequelize(configFor(dialect, server!, poolSize)), options)
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

/** Sequelize has no public count of its connections. */
export function poolOf(sequelize: Sequelize): { readonly using: number; readonly size: number } {
  return (sequelize.connectionManager as unknown as { pool: { using: number; size: number } }).pool
}
