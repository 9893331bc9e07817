import { type LockedConnection, namedLocks } from '@ormutex/mysql2'
import { createPool, type Pool, type PoolConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'
import {
  type Application,
  type Isolation,
  listenersOfLive,
  type Mysql2Connection,
  type LockOptions,
  oneOrSeveral,
  type OpenOptions,
  type PoolState,
  type Section,
  settersOf,
  type Transaction,
} from './application.js'
import { limitQueries } from './query-timeout.js'
import { CLAIM, entryId, NoCounter, READ, RECORD, WRITE } from './statements.js'

export function open({ access, poolSize, handOverMs, sessionVariables, queryTimeoutMs }: OpenOptions): Application {
  const pool = createPool({ ...access, connectionLimit: poolSize })
  pool.pool.on('connection', (connection) => {
    for (const sql of settersOf(sessionVariables)) connection.query(sql)
    if (queryTimeoutMs !== undefined) limitQueries(connection, queryTimeoutMs)
  })
  const locks = namedLocks(pool, { handOverMs })
  const run =
    (section: Section) =>
    (connection: LockedConnection, lock: Parameters<Section>[1]): Promise<void> =>
      section(lockedTransaction(connection), lock)
  const begin = ({ isolation, ...options }: LockOptions) => ({
    ...options,
    ...(isolation !== undefined && { isolationLevel: isolation }),
  })
  return {
    withLock: (names, section, options) => locks.withNamedLock(oneOrSeveral(names), run(section), begin(options)),
    tryWithLock: async (names, section, options) =>
      (await locks.tryWithNamedLock(oneOrSeveral(names), run(section), begin(options))).acquired,
    acquire: (names, options) => locks.acquireNamedLock(oneOrSeveral(names), options),
    joinsOwnTransactions: false,
    hearsOfLosses: true,
    transaction: (work, { isolation }) => ownTransaction(pool, isolation, work),
    pool: () => poolState(pool),
    close: () => pool.end(),
  }
}

async function ownTransaction(
  pool: Pool,
  isolation: Isolation | undefined,
  work: (transaction: Transaction) => Promise<void>,
): Promise<void> {
  const connection = await pool.getConnection()
  try {
    if (isolation !== undefined) await connection.query(`SET TRANSACTION ISOLATION LEVEL ${isolation}`)
    await connection.beginTransaction()
    await work({ ...statements(connection), withLock: refuseToJoin })
    await connection.commit()
    connection.release()
  } catch (error) {
    // What state it is in nobody knows: it does not go back.
    connection.destroy()
    throw error
  }
}

async function refuseToJoin(): Promise<never> {
  throw new Error('mysql2 has no transactions of its own that a lock could join')
}

function lockedTransaction(connection: LockedConnection): Transaction {
  return {
    ...statements(connection),
    withLock: (names, section, options) =>
      connection.withNamedLock(
        oneOrSeveral(names),
        (joined, lock) => section(lockedTransaction(joined), lock),
        options,
      ),
  }
}

function statements(connection: PoolConnection): Omit<Transaction, 'withLock'> {
  return {
    async read(name) {
      const [rows] = await connection.query<RowDataPacket[]>(READ, [name])
      if (rows[0] === undefined) throw new NoCounter(name)
      return rows[0]['v'] as number
    },
    write: async (name, value) => void (await connection.query(WRITE, [value, name])),
    async claim(name, token) {
      const [{ affectedRows }] = await connection.query<ResultSetHeader>(CLAIM, [token, name, token])
      return affectedRows === 1
    },
    record: async ({ op, name, readValue, token }) =>
      void (await connection.query(RECORD, [entryId(op, name), name, readValue, token])),
    sleep: async (ms, timeout) =>
      void (await connection.query({
        sql: 'SELECT SLEEP(?)',
        values: [ms / 1_000],
        ...(timeout !== undefined && { timeout }),
      })),
  }
}

interface PoolInside {
  readonly _allConnections: { readonly length: number }
  readonly _freeConnections: { readonly length: number; toArray(): Mysql2Connection[] }
  readonly _connectionQueue: { readonly length: number }
}

function poolState(pool: Pool): PoolState {
  const inside = pool.pool as unknown as PoolInside
  return {
    open: inside._allConnections.length,
    free: inside._freeConnections.length,
    pending: inside._connectionQueue.length,
    listeners: listenersOfLive(inside._freeConnections.toArray()),
  }
}
