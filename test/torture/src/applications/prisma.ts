import { fileURLToPath } from 'node:url'
import { lockable, namedLocks } from '@ormutex/prisma'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaClient } from '../generated/client.js'
import { POOL_WAIT_MS } from '../limits.js'
import {
  type Application,
  type HeldLock,
  type Isolation,
  oneOrSeveral,
  type OpenOptions,
  type PoolState,
  type Section,
  type Transaction,
} from './application.js'
import { forgiveFailedConnects } from './connector-flaws.js'
import { CLAIM, entryId, RECORD } from './statements.js'

forgiveFailedConnects(fileURLToPath(import.meta.resolve('@prisma/adapter-mariadb')))

/** @param kind whether the adapter was made `lockable` */
export function open(
  kind: 'plain' | 'lockable',
  { access, poolSize, handOverMs, sessionVariables }: OpenOptions,
): Application {
  const driver = new PrismaMariaDb({
    ...access,
    connectionLimit: poolSize,
    allowPublicKeyRetrieval: true,
    sessionVariables: { ...sessionVariables },
  })
  const pools = watchPools(driver)
  const prisma = clientOn(kind === 'lockable' ? lockable(driver) : driver, handOverMs)
  const run =
    (section: Section) =>
    (tx: LockingTransaction, lock: HeldLock): Promise<void> =>
      section(transactionOf(tx), lock)
  return {
    withLock: (names, section, options) => prisma.$mutex(oneOrSeveral(names), run(section), begin(options)),
    tryWithLock: async (names, section, options) =>
      (await prisma.$tryMutex(oneOrSeveral(names), run(section), begin(options))).acquired,
    acquire: (names, options) => prisma.$acquireMutex(oneOrSeveral(names), options),
    joinsOwnTransactions: kind === 'lockable',
    // A plain adapter keeps its connections to itself.
    hearsOfLosses: kind === 'lockable',
    transaction: (work, { isolation, prismaTimeoutMs }) =>
      prisma.$transaction((tx) => work(transactionOf(tx)), {
        ...begin({ isolation }),
        maxWait: POOL_WAIT_MS,
        timeout: prismaTimeoutMs ?? 60_000,
      }),
    pool: () => poolState(pools),
    close: () => prisma.$disconnect(),
  }
}

function clientOn(adapter: PrismaMariaDb, handOverMs: number) {
  return new PrismaClient({ adapter }).$extends(namedLocks({ handOverMs }))
}

type LockingClient = ReturnType<typeof clientOn>
type LockingTransaction = Parameters<Parameters<LockingClient['$transaction']>[0]>[0]

function begin<Options extends { readonly isolation: Isolation | undefined }>({ isolation, ...options }: Options) {
  return { ...options, ...(isolation !== undefined && { isolationLevel: ISOLATION_LEVELS[isolation] }) }
}

const ISOLATION_LEVELS = { 'READ COMMITTED': 'ReadCommitted', 'REPEATABLE READ': 'RepeatableRead' } as const

function transactionOf(tx: LockingTransaction): Transaction {
  return {
    read: async (name) => (await tx.counter.findUniqueOrThrow({ where: { name } })).v,
    write: async (name, v) => void (await tx.counter.updateMany({ where: { name }, data: { v } })),
    claim: async (name, token) => (await tx.$executeRawUnsafe(CLAIM, token, name, token)) === 1,
    record: async ({ op, name, readValue, token }) =>
      void (await tx.$executeRawUnsafe(RECORD, entryId(op, name), name, readValue, token)),
    sleep: async (ms) => void (await tx.$queryRawUnsafe('SELECT SLEEP(?)', ms / 1_000)),
    withLock: (names, section, options) =>
      tx.$mutex(oneOrSeveral(names), (joined, lock) => section(transactionOf(joined), lock), options),
  }
}

/** What the connector's pool tells. */
interface Pool {
  totalConnections(): number
  idleConnections(): number
  taskQueueSize(): number
}

/** The adapter keeps its pool to itself, and the library may have it opened more than once. */
function watchPools(adapter: { connect(): Promise<{ underlyingDriver(): Pool }> }): readonly Pool[] {
  const pools: Pool[] = []
  const connect = adapter.connect.bind(adapter)
  adapter.connect = async () => {
    const connected = await connect()
    pools.push(connected.underlyingDriver())
    return connected
  }
  return pools
}

function poolState(pools: readonly Pool[]): PoolState {
  const sum = (count: (pool: Pool) => number): number => pools.reduce((total, pool) => total + count(pool), 0)
  return {
    open: sum((pool) => pool.totalConnections()),
    free: sum((pool) => pool.idleConnections()),
    pending: sum((pool) => pool.taskQueueSize()),
    // The connector shows nobody its idle connections.
    listeners: [],
  }
}
