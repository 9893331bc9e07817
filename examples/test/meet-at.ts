import { namedLocks } from '@ormutex/mysql2'
import { createPool } from 'mysql2/promise'
import type { Database } from './database.js'

/** Has several processes meet at a lock: it is held until so many of them wait for it. Without a lock of their own they never do. */
export async function meetAt<T>(
  name: string,
  processes: number,
  database: Database,
  start: () => Promise<T>,
): Promise<T> {
  const pool = createPool({ uri: database.url, connectionLimit: 2 })
  try {
    const lock = await namedLocks(pool, { namespace: 'shop' }).acquireNamedLock(name)
    const started = start()
    const missed = started.then(() => {
      throw new Error(`They have ended and never met at ${name}`)
    })
    await Promise.race([database.lockAwaitedBy(processes), missed])
    await lock.release()
    return await started
  } finally {
    await pool.end()
  }
}
