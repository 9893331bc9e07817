import { sharedServer } from '@ormutex-test/servers'
import { namedLocks, type NamedLocksOptions, type PoolLocks } from '@ormutex/mysql2'
import { createPool, type Pool, type PoolOptions } from 'mysql2/promise'

/** The flavours that everything is tested on. */
export const FLAVOURS = ['mysql', 'mariadb'] as const

/** Opens a pool on a shared server. */
export async function openPool(flavour: (typeof FLAVOURS)[number], options: PoolOptions = {}): Promise<Pool> {
  const { host, port, user, password, database } = await sharedServer(flavour)
  return createPool({ host, port, user, password, database, connectionLimit: 5, ...options })
}

/** Runs a test with named locks on a pool, and takes it down afterwards. */
export async function withLocks(
  flavour: (typeof FLAVOURS)[number],
  test: (locks: PoolLocks, pool: Pool) => Promise<void>,
  options: { readonly pool?: PoolOptions; readonly locks?: NamedLocksOptions } = {},
): Promise<void> {
  const pool = await openPool(flavour, options.pool)
  try {
    await test(namedLocks(pool, options.locks), pool)
  } finally {
    await pool.end()
  }
}
