import { type TestServer, until } from '@ormutex-test/servers'
import { namedLocks, type PoolLocks } from '@ormutex/mysql2'
import { type Connection, createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise'
import { type Event, Recorder } from './recorder.js'

/** Both connections take an amount from one account. */
const ACCOUNT = 42
export const BALANCE = 100
export const AMOUNT = 10

/** What is locked; by hand the name is the key. */
export const LOCK = `user:${ACCOUNT}`

/** What was recorded, and what the balance was at the end. */
export interface Recording {
  events: Event[]
  balance: number
}

/** Two connections, each of a pool of its own as in two processes, and an account with 100. */
export interface Stage {
  pools: readonly [Pool, Pool]
  locks: readonly [PoolLocks, PoolLocks]
  recorder: Recorder
  /** Resolves when a connection waits at the server for a named lock. */
  waiterAtTheServer: () => Promise<void>
}

/** Sets the stage in a database of its own, lets `play` happen on it, and answers what was recorded. */
export async function record(server: TestServer, play: (stage: Stage) => Promise<void>): Promise<Recording> {
  const { host, port, user, password } = server
  const access = { host, port, user, password, database: await server.createDatabase() }
  const observer = await createConnection(access)
  const pools = [createPool({ ...access, connectionLimit: 1 }), createPool({ ...access, connectionLimit: 1 })] as const
  try {
    await observer.query('CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
    await observer.query('INSERT INTO accounts VALUES (?, ?)', [ACCOUNT, BALANCE])
    const recorder = new Recorder()
    const locks = [namedLocks(pools[0]), namedLocks(pools[1])] as const
    for (const [lane, pool] of pools.entries()) await prepare(pool, locks[lane]!, lane, recorder)
    recorder.start()
    await play({
      pools,
      locks,
      recorder,
      waiterAtTheServer: () => until('somebody waits', () => hasWaiter(observer, access.database)),
    })
    return { events: recorder.events, balance: await readBalance(observer) }
  } finally {
    await Promise.all([...pools, observer].map((one) => one.end()))
  }
}

/**
 * Opens the connection, lets ormutex ask the server what it is, which it does once, and sets a level at which every server
 * answers the same: at REPEATABLE READ MariaDB from 11.6 on refuses the second of two updates that read the same.
 */
async function prepare(pool: Pool, locks: PoolLocks, lane: number, recorder: Recorder): Promise<void> {
  recorder.watch(pool, lane)
  await pool.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
  await locks.withNamedLock('something else', () => Promise.resolve())
}

async function hasWaiter(observer: Connection, database: string): Promise<boolean> {
  const waiters = "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User lock' AND DB = ?"
  const [rows] = await observer.query<RowDataPacket[]>(waiters, [database])
  return rows.length > 0
}

/** What the application does: reads, and writes back what it read less 10. */
export async function readBalance(connection: Connection): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>('SELECT balance FROM accounts WHERE id = ?', [ACCOUNT])
  return (rows[0] as { balance: number }).balance
}

export async function withdraw(connection: Connection, balance: number): Promise<void> {
  await connection.query(`UPDATE accounts SET balance = ${balance - AMOUNT} WHERE id = ${ACCOUNT}`)
}
