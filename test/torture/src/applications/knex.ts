import { type LockingTransaction, namedLocks } from '@ormutex/knex'
import knex, { type Knex } from 'knex'
import { POOL_WAIT_MS } from '../limits.js'
import {
  type Application,
  type Isolation,
  listenersOfLive,
  type Mysql2Connection,
  oneOrSeveral,
  type OpenOptions,
  type PoolState,
  type Section,
  settersOf,
  type Transaction,
} from './application.js'
import { limitQueries } from './query-timeout.js'
import { entryId, NoCounter, RECORD } from './statements.js'

export function open({ access, poolSize, handOverMs, sessionVariables, queryTimeoutMs }: OpenOptions): Application {
  const db = namedLocks(
    knex({
      client: 'mysql2',
      acquireConnectionTimeout: POOL_WAIT_MS,
      connection: access,
      pool: {
        min: 0,
        max: poolSize,
        afterCreate: (connection: CallbackConnection, done: (error: unknown, connection: unknown) => void) => {
          if (queryTimeoutMs !== undefined) limitQueries(connection, queryTimeoutMs)
          runAll(connection, settersOf(sessionVariables)).then(
            () => done(null, connection),
            (error: unknown) => done(error, connection),
          )
        },
      },
    }),
    { handOverMs },
  )
  const run =
    (section: Section) =>
    (trx: LockingTransaction, lock: Parameters<Section>[1]): Promise<void> =>
      section(transactionOf(trx), lock)
  return {
    withLock: (names, section, options) => db.withNamedLock(oneOrSeveral(names), run(section), begin(options)),
    tryWithLock: async (names, section, options) =>
      (await db.tryWithNamedLock(oneOrSeveral(names), run(section), begin(options))).acquired,
    acquire: (names, options) => db.acquireNamedLock(oneOrSeveral(names), options),
    joinsOwnTransactions: true,
    hearsOfLosses: true,
    transaction: (work, { isolation }) => db.transaction((trx) => work(transactionOf(trx)), begin({ isolation })),
    pool: () => poolState(db),
    close: () => db.destroy(),
  }
}

function begin<Options extends { readonly isolation: Isolation | undefined }>({ isolation, ...options }: Options) {
  return { ...options, ...(isolation !== undefined && { isolationLevel: ISOLATION_LEVELS[isolation] }) }
}

const ISOLATION_LEVELS = { 'READ COMMITTED': 'read committed', 'REPEATABLE READ': 'repeatable read' } as const

function transactionOf(trx: LockingTransaction): Transaction {
  return {
    async read(name) {
      const row = await trx('counters').select('v').where({ name }).first<{ v: number } | undefined>()
      if (row === undefined) throw new NoCounter(name)
      return row.v
    },
    write: async (name, v) => void (await trx('counters').where({ name }).update({ v })),
    async claim(name, token) {
      const rows = trx('counters').where({ name }).andWhere('token', '<', `${token}`)
      return (await rows.update({ token: `${token}` })) === 1
    },
    record: async ({ op, name, readValue, token }) =>
      void (await trx.raw(RECORD, [entryId(op, name), name, readValue, `${token}`])),
    async sleep(ms, timeoutMs) {
      const query = trx.raw('SELECT SLEEP(?)', [ms / 1_000])
      await (timeoutMs === undefined ? query : query.timeout(timeoutMs))
    },
    withLock: (names, section, options) =>
      trx.withNamedLock(oneOrSeveral(names), (joined, lock) => section(transactionOf(joined), lock), options),
  }
}

interface CallbackConnection {
  query(sql: string, callback: (error: unknown) => void): void
}

async function runAll(connection: CallbackConnection, statements: readonly string[]): Promise<void> {
  for (const sql of statements) {
    await new Promise<void>((resolve, reject) => connection.query(sql, (error) => (error ? reject(error) : resolve())))
  }
}

interface TarnPool {
  readonly free: readonly { readonly resource: Mysql2Connection }[]
  numUsed(): number
  numFree(): number
  numPendingAcquires(): number
  numPendingCreates(): number
}

function poolState(db: Knex): PoolState {
  const pool = (db.client as { readonly pool: TarnPool }).pool
  return {
    open: pool.numUsed() + pool.numFree(),
    free: pool.numFree(),
    pending: pool.numPendingAcquires() + pool.numPendingCreates(),
    listeners: listenersOfLive(pool.free.map(({ resource }) => resource)),
  }
}
