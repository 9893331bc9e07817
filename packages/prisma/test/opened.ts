import { lockable, namedLocks, type NamedLocksOptions, type TransactionClientOf } from '@ormutex/prisma'
import { type Flavour, FLAVOURS, sharedServer, type TestServer, until } from '@ormutex-test/servers'
import type { PrismaMariaDb } from '@ormutex-test/prisma-7'
import type { PoolConfig } from 'mariadb'
import { createConnection } from 'mysql2/promise'
import { PRISMA_6, PRISMA_7, type PrismaVersion } from './versions.js'

/** Whether the adapter was made lockable. */
export type AdapterKind = 'lockable' | 'plain'

/** The connector's settings for a server. */
export function configFor(
  { host, port, user, password, database }: Pick<TestServer, 'host' | 'port' | 'user' | 'password' | 'database'>,
  poolSize = 5,
): PoolConfig {
  // The connector asks for the server's public key only when told to; MySQL's default accounts need it without TLS.
  return { host, port, user, password, database, connectionLimit: poolSize, allowPublicKeyRetrieval: true }
}

/** A client with named locks. */
export type LockingClient = ReturnType<typeof clientOn>

/** What the callbacks of its calls get. */
export type LockingTransaction = TransactionClientOf<LockingClient>

/** A client with named locks on an adapter. */
export function clientOn(
  { PrismaClient }: PrismaVersion,
  adapter: PrismaMariaDb,
  kind: AdapterKind,
  options?: NamedLocksOptions,
) {
  return new PrismaClient({ adapter: adapterOf(adapter, kind) }).$extends(namedLocks(options))
}

/** An adapter, made lockable or left as it is. */
export function adapterOf(adapter: PrismaMariaDb, kind: AdapterKind): PrismaMariaDb {
  return kind === 'lockable' ? lockable(adapter) : adapter
}

/** A version of Prisma with a kind of adapter on a server. */
export interface Combination {
  readonly version: PrismaVersion
  readonly kind: AdapterKind
  readonly flavour: Flavour
}

/** Every version with every kind on every server. */
export const COMBINATIONS: readonly Combination[] = [PRISMA_7, PRISMA_6].flatMap((version) =>
  (['lockable', 'plain'] as const).flatMap((kind) => FLAVOURS.map((flavour) => ({ version, kind, flavour }))),
)

/** How a test is called that runs for each combination. */
export function titleOf({ version, kind, flavour }: Combination): string {
  return `${version.title} with a ${kind} adapter on ${flavour}`
}

/** How a test wants its client. */
export interface OpenedOptions {
  readonly poolSize?: number
  /** Over the connector's other settings. */
  readonly pool?: PoolConfig
  readonly locks?: NamedLocksOptions
}

/** An adapter for a server on which the schema's tables are there. */
export async function openAdapter(
  { version, kind, flavour }: Combination,
  { poolSize, pool }: OpenedOptions = {},
): Promise<PrismaMariaDb> {
  const server = await serverWithTables(flavour)
  return adapterOf(new version.PrismaMariaDb({ ...configFor(server, poolSize), ...pool }), kind)
}

/** Runs a test with a client that has named locks, and takes it down afterwards. */
export async function withPrisma(
  combination: Combination,
  test: (prisma: LockingClient) => Promise<void>,
  options: OpenedOptions = {},
): Promise<void> {
  const adapter = await openAdapter(combination, options)
  const prisma = clientOn(combination.version, adapter, combination.kind, options.locks)
  try {
    await test(prisma)
  } finally {
    await prisma.$disconnect()
  }
}

const prepared = new Map<Flavour, Promise<TestServer>>()

/** The process's server of a flavour, with the tables that the schema describes. */
export function serverWithTables(flavour: Flavour): Promise<TestServer> {
  let server = prepared.get(flavour)
  if (server === undefined) {
    server = prepare(flavour)
    prepared.set(flavour, server)
  }
  return server
}

async function prepare(flavour: Flavour): Promise<TestServer> {
  const server = await sharedServer(flavour)
  const administrator = await createConnection(server.url)
  for (const table of TABLES) await administrator.query(table)
  await administrator.end()
  return server
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS accounts (id INT PRIMARY KEY, owner VARCHAR(191) NOT NULL DEFAULT '', balance INT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS entries (id INT AUTO_INCREMENT PRIMARY KEY, amount INT NOT NULL, note VARCHAR(191),
    account_id INT NOT NULL, FOREIGN KEY (account_id) REFERENCES accounts (id))`,
  'CREATE TABLE IF NOT EXISTS counters (name VARCHAR(191) PRIMARY KEY, value INT NOT NULL)',
]

let ids = 0

/** An account that no other test has, with a balance of 0. */
export async function newAccount(prisma: Pick<LockingClient, 'account'>): Promise<number> {
  const id = (ids += 1)
  await prisma.account.upsert({ where: { id }, create: { id, balance: 0 }, update: { balance: 0 } })
  return id
}

/** What everybody sees of an account. */
export async function balanceOf(prisma: Pick<LockingClient, 'account'>, id: number): Promise<number | undefined> {
  return (await prisma.account.findUnique({ where: { id } }))?.balance
}

/** Longest wait for what has to come about, in milliseconds: less than a test may take, so that it tells what did not. */
const LONGEST_WAIT_MS = 10_000

/** How many sessions wait for a lock at the server. */
export async function countWaiting(prisma: Pick<LockingClient, '$queryRaw'>): Promise<number> {
  const rows = await prisma.$queryRaw<
    unknown[]
  >`SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User lock' AND DB = DATABASE()`
  return rows.length
}

/** Resolves when that many do, or more. */
export function untilWaiting(prisma: Pick<LockingClient, '$queryRaw'>, count: number): Promise<void> {
  return until(`${count} wait for a lock`, async () => (await countWaiting(prisma)) >= count, LONGEST_WAIT_MS)
}

/** Resolves when nobody has a lock: who is told that one is lost may be told before the server takes it back. */
export function untilFree(prisma: Pick<LockingClient, '$mutexHolder'>, name: string): Promise<void> {
  return until(`nobody has the lock ${name}`, async () => (await prisma.$mutexHolder(name)) === null, LONGEST_WAIT_MS)
}
