import { setTimeout as sleep } from 'node:timers/promises'
import { sharedServer, type TestServer } from '@ormutex-test/servers'
import { type LockingKnex, namedLocks, type NamedLocksOptions } from '@ormutex/knex'
import knex, { type Knex } from 'knex'

/** The flavours that everything is tested on. */
export const FLAVOURS = ['mysql', 'mariadb'] as const

/** Longest time that is waited for the instance of a test that failed to be closed, in milliseconds. */
const LONGEST_CLOSE_MS = 2_000

/** A Knex configuration for a server. */
export function configFor(server: TestServer, poolSize = 5): Knex.Config {
  const { host, port, user, password, database } = server
  return { client: 'mysql2', connection: { host, port, user, password, database }, pool: { min: 0, max: poolSize } }
}

/** Runs a test with a Knex instance that has named locks, and takes it down afterwards. */
export async function withKnex(
  flavour: (typeof FLAVOURS)[number],
  test: (db: LockingKnex<Knex>) => Promise<void>,
  config: { readonly knex?: Knex.Config; readonly locks?: NamedLocksOptions; readonly poolSize?: number } = {},
): Promise<void> {
  const server = await sharedServer(flavour)
  const db = namedLocks(knex({ ...configFor(server, config.poolSize), ...config.knex }), config.locks)
  try {
    await test(db)
  } catch (error) {
    // What the test has left open would be waited for until the test itself had taken too long, and this error not be seen.
    await Promise.race([db.destroy().catch(() => {}), sleep(LONGEST_CLOSE_MS)])
    throw error
  }
  await db.destroy()
}
