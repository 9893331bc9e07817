import { namedLocks } from '@ormutex/sequelize'
import mysql2 from 'mysql2'
import { QueryTypes, Sequelize, Transaction as SequelizeTransaction } from 'sequelize'
import { POOL_WAIT_MS } from '../limits.js'
import {
  type Application,
  type HeldLock,
  type Isolation,
  listenersOfLive,
  type ConnectorConnection,
  type Mysql2Connection,
  oneOrSeveral,
  type OpenOptions,
  type PoolState,
  type Section,
  settersOf,
  type Transaction,
} from './application.js'
import { limitQueries } from './query-timeout.js'
import { CLAIM, entryId, NoCounter, READ, RECORD, WRITE } from './statements.js'

export function open(
  dialect: 'mysql' | 'mariadb',
  { access, poolSize, handOverMs, sessionVariables, queryTimeoutMs }: OpenOptions,
): Application {
  const { user: username, ...rest } = access
  const sequelize = namedLocks(
    new Sequelize({
      dialect,
      username,
      ...rest,
      logging: false,
      ...(dialect === 'mysql' && { dialectModule: { ...mysql2, createConnection: connectUnharmed } }),
      // MySQL's default accounts need it without TLS.
      dialectOptions: dialect === 'mariadb' ? { allowPublicKeyRetrieval: true } : {},
      pool: { min: 0, max: poolSize, acquire: POOL_WAIT_MS },
    }),
    { handOverMs },
  )
  sequelize.addHook('afterConnect', async (connection) => {
    if (queryTimeoutMs !== undefined && dialect === 'mysql') limitQueries(connection, queryTimeoutMs)
    for (const sql of settersOf(sessionVariables)) await runOn(connection as RawConnection, sql)
  })

  const transactionOf = (transaction: SequelizeTransaction): Transaction => {
    const change = async (sql: string, replacements: unknown[]): Promise<number> => {
      const [, affectedRows] = await sequelize.query(sql, { transaction, replacements, type: QueryTypes.UPDATE })
      return affectedRows
    }
    return {
      async read(name) {
        const rows = await sequelize.query<{ v: number }>(READ, {
          transaction,
          replacements: [name],
          type: QueryTypes.SELECT,
        })
        if (rows[0] === undefined) throw new NoCounter(name)
        return rows[0].v
      },
      write: async (name, value) => void (await change(WRITE, [value, name])),
      claim: async (name, token) => (await change(CLAIM, [`${token}`, name, `${token}`])) === 1,
      record: async ({ op, name, readValue, token }) =>
        void (await sequelize.query(RECORD, {
          transaction,
          replacements: [entryId(op, name), name, readValue, `${token}`],
        })),
      sleep: async (ms) =>
        void (await sequelize.query('SELECT SLEEP(?)', {
          transaction,
          replacements: [ms / 1_000],
          type: QueryTypes.SELECT,
        })),
      withLock: (names, section, options) =>
        sequelize.withNamedLock(oneOrSeveral(names), run(section), { ...options, transaction }),
    }
  }
  const run =
    (section: Section) =>
    (transaction: SequelizeTransaction, lock: HeldLock): Promise<void> =>
      section(transactionOf(transaction), lock)
  return {
    withLock: (names, section, options) => sequelize.withNamedLock(oneOrSeveral(names), run(section), begin(options)),
    tryWithLock: async (names, section, options) =>
      (await sequelize.tryWithNamedLock(oneOrSeveral(names), run(section), begin(options))).acquired,
    acquire: (names, options) => sequelize.acquireNamedLock(oneOrSeveral(names), options),
    joinsOwnTransactions: true,
    hearsOfLosses: true,
    transaction: (work, { isolation }) =>
      sequelize.transaction(begin({ isolation }), (transaction) => work(transactionOf(transaction))),
    pool: () => poolState(sequelize),
    close: () => sequelize.close(),
  }
}

/**
 * Until it is heard to have connected, nobody listens for errors of a connection of Sequelize's, and one that comes together with the
 * end of the handshake, to a process that had stood still, would end the process: no matter of ours.
 */
function connectUnharmed(config: mysql2.ConnectionOptions): mysql2.Connection {
  const connection = mysql2.createConnection(config)
  const ignore = (): void => {}
  connection.on('error', ignore)
  connection.once('connect', () => setImmediate(() => connection.off('error', ignore)))
  return connection
}

function begin<Options extends { readonly isolation: Isolation | undefined }>({ isolation, ...options }: Options) {
  if (isolation === undefined) return options
  return { ...options, isolationLevel: SequelizeTransaction.ISOLATION_LEVELS[ISOLATION_LEVELS[isolation]] }
}

const ISOLATION_LEVELS = { 'READ COMMITTED': 'READ_COMMITTED', 'REPEATABLE READ': 'REPEATABLE_READ' } as const

/** mysql2's takes a callback, the connector's answers with a promise. */
interface RawConnection {
  query(sql: string, callback?: (error: unknown) => void): unknown
}

async function runOn(connection: RawConnection, sql: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const answer = connection.query(sql, (error) => (error ? reject(error) : resolve()))
    if (answer instanceof Promise) answer.then(() => resolve(), reject)
  })
}

interface SequelizePool {
  readonly size: number
  readonly available: number
  readonly waiting: number
  readonly _availableObjects: readonly { readonly resource: Mysql2Connection | ConnectorConnection }[]
}

function poolState(sequelize: Sequelize): PoolState {
  const { pool } = sequelize.connectionManager as unknown as { readonly pool: SequelizePool }
  return {
    open: pool.size,
    free: pool.available,
    pending: pool.waiting,
    listeners: listenersOfLive(pool._availableObjects.map(({ resource }) => resource)),
  }
}
