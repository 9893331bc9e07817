import { setTimeout as sleep } from 'node:timers/promises'
import { type JoinedLocks, labelled, type NamedLocks } from '@ormutex/prisma'
import type { Capabilities, Harness, OpenOptions, Row } from '@ormutex/testkit'
import type { Pool } from 'mariadb'
import { type AdapterKind, clientOn, configFor, type LockingClient, type LockingTransaction } from './opened.js'
import type { PrismaVersion } from './versions.js'

const CAPABILITIES: Readonly<Record<AdapterKind, Capabilities>> = {
  lockable: { server: true, joins: 'any', reopens: true },
  plain: { server: true, joins: 'locked', direct: false, reopens: true },
}

/** A version of Prisma with a kind of adapter, as the conformance suite drives it. */
export function prismaHarness(version: PrismaVersion, kind: AdapterKind): Harness<LockingTransaction> {
  return {
    name: `${version.title} with a ${kind} adapter`,
    capabilities: CAPABILITIES[kind],
    driverError,
    async open({ server, poolSize, namedLocks: options }: OpenOptions) {
      const adapter = new version.PrismaMariaDb(labelled(configFor(server!, poolSize), options))
      const pools = watchPools(adapter)
      const prisma = clientOn(version, adapter, kind, options)
      await prisma.$connect()
      await filled(pools[0]!, poolSize)
      const query = async (transaction: LockingTransaction | null, sql: string, ...values: unknown[]): Promise<Row[]> =>
        (transaction ?? prisma).$queryRawUnsafe<Row[]>(sql, ...values)
      return {
        locks: namesOfTheSuite(prisma),
        joined: (tx) => joinedLocks(tx),
        transaction: (work) => prisma.$transaction(work),
        savepoint: (tx, work) => ('$transaction' in tx ? tx.$transaction(work) : savepoint(tx, work)),
        read: async (transaction, name) =>
          (await (transaction ?? prisma).counter.findUnique({ where: { name } }))?.value ?? 0,
        write: async (transaction, name, value) => {
          await (transaction ?? prisma).$executeRaw`REPLACE INTO counters (name, value) VALUES (${name}, ${value})`
        },
        query,
        isolation: (level) => ({ isolationLevel: level === 'READ COMMITTED' ? 'ReadCommitted' : 'RepeatableRead' }),
        connectionsInUse: () => pools.reduce((sum, pool) => sum + pool.activeConnections(), 0),
        killSession: async (sessionId) => void (await prisma.$executeRawUnsafe(`KILL ${Number(sessionId)}`)),
        close: () => prisma.$disconnect(),
      }
    },
  }
}

/** Every pool that an adapter opens. */
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

/** The connector opens a pool's connections one after the other, with statements of its own, until all are there. */
async function filled(pool: Pool, size: number): Promise<void> {
  for (let tries = 0; tries < 200 && pool.totalConnections() < size; tries += 1) await sleep(10)
}

/** Prisma 6 has no nested transactions. */
async function savepoint<T>(tx: LockingTransaction, work: (tx: LockingTransaction) => Promise<T>): Promise<T> {
  await tx.$executeRaw`SAVEPOINT part`
  try {
    return await work(tx)
  } catch (error) {
    await tx.$executeRaw`ROLLBACK TO SAVEPOINT part`
    throw error
  }
}

/** Prisma's methods under the names that the suite knows them by. */
function namesOfTheSuite(prisma: LockingClient): NamedLocks<LockingTransaction> {
  return {
    withNamedLock: (name, callback, options) => prisma.$mutex(name, callback, options),
    tryWithNamedLock: (name, callback, options) => prisma.$tryMutex(name, callback, options),
    acquireNamedLock: (name, options) => prisma.$acquireMutex(name, options),
    tryAcquireNamedLock: (name, options) => prisma.$tryAcquireMutex(name, options),
    namedLockHolder: (name, options) => prisma.$mutexHolder(name, options),
    listNamedLocks: () => prisma.$mutexes(),
  }
}

function joinedLocks(tx: LockingTransaction): JoinedLocks<LockingTransaction> {
  return {
    withNamedLock: (name, callback, options) => tx.$mutex(name, callback, options),
    tryWithNamedLock: (name, callback, options) => tx.$tryMutex(name, callback, options),
  }
}

/** What Prisma keeps of the driver's error. */
function driverError(error: unknown): unknown {
  const { driverAdapterError } = (error as { readonly meta?: { readonly driverAdapterError?: Error } }).meta ?? {}
  const { originalCode } = (driverAdapterError?.cause ?? {}) as { readonly originalCode?: string }
  return originalCode === undefined ? error : { errno: Number(originalCode), code: CODES[originalCode] }
}

/** Prisma keeps the server's numbers, not what the driver calls them. */
const CODES: Readonly<Record<string, string>> = { 1213: 'ER_LOCK_DEADLOCK' }
