import { setTimeout as sleep } from 'node:timers/promises'
import { type Flavour, FLAVOURS, sharedServer, type TestServer, until } from '@ormutex-test/servers'
import { type LockingSequelize, namedLocks, type NamedLocksOptions } from '@ormutex/sequelize'
import { type Options, QueryTypes, Sequelize } from 'sequelize'

/** The dialects of Sequelize that reach MySQL and MariaDB, by the driver that they use. */
export type SequelizeDialect = 'mysql' | 'mariadb'

/** Longest time that is waited for the instance of a test that failed to be closed, in milliseconds. */
const LONGEST_CLOSE_MS = 2_000

/** A Sequelize configuration for a server. */
export function configFor(
  dialect: SequelizeDialect,
  server: Pick<TestServer, 'host' | 'port' | 'user' | 'password' | 'database'>,
  poolSize = 5,
): Options {
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

/** A dialect of Sequelize, so a driver, on a server. */
export interface Combination {
  readonly dialect: SequelizeDialect
  readonly flavour: Flavour
}

/** Every dialect on every server. */
export const COMBINATIONS: readonly Combination[] = (['mysql', 'mariadb'] as const).flatMap((dialect) =>
  FLAVOURS.map((flavour) => ({ dialect, flavour })),
)

/** How a test is called that runs for each combination. */
export function titleOf({ dialect, flavour }: Combination): string {
  return `dialect ${dialect} on ${flavour}`
}

/** How a test wants its instance. */
export interface OpenedOptions {
  readonly sequelize?: Options
  readonly locks?: NamedLocksOptions
  readonly poolSize?: number
}

/** A Sequelize instance without named locks. */
export async function openPlain(
  { dialect, flavour }: Combination,
  { sequelize: options, poolSize }: OpenedOptions = {},
): Promise<Sequelize> {
  return new Sequelize({ ...configFor(dialect, await sharedServer(flavour), poolSize), ...options })
}

/** Runs a test with an instance that has named locks, and takes it down afterwards. */
export async function withSequelize(
  combination: Combination,
  test: (sequelize: LockingSequelize) => Promise<void>,
  options: OpenedOptions = {},
): Promise<void> {
  const sequelize = namedLocks(await openPlain(combination, options), options.locks)
  try {
    await test(sequelize)
  } catch (error) {
    // What the test has left open would be waited for until the test itself had taken too long, and this error not be seen.
    await Promise.race([sequelize.close().catch(() => {}), sleep(LONGEST_CLOSE_MS)])
    throw error
  }
  await sequelize.close()
}

/** Whether a lock can be had at this moment, asked by an instance of its own. */
export async function isFree(combination: Combination, name: string): Promise<boolean> {
  let free = false
  await withSequelize(combination, async (sequelize) => {
    free = (await sequelize.namedLockHolder(name)) === null
  })
  return free
}

/** Longest wait for what has to come about, in milliseconds: less than a test may take, so that it tells what did not. */
export const LONGEST_WAIT_MS = 10_000

/** How many sessions wait for a lock at the server. */
export async function countWaiting(sequelize: Sequelize): Promise<number> {
  const sessions = "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User lock' AND DB = DATABASE()"
  return (await sequelize.query(sessions, { type: QueryTypes.SELECT })).length
}

/** Resolves when that many do, or more. */
export function untilWaiting(sequelize: Sequelize, count: number): Promise<void> {
  return until(`${count} wait for a lock`, async () => (await countWaiting(sequelize)) >= count, LONGEST_WAIT_MS)
}

/** Sequelize has no public count of its connections. */
export function poolOf(sequelize: Sequelize): { readonly using: number; readonly size: number } {
  return (sequelize.connectionManager as unknown as { pool: { using: number; size: number } }).pool
}
