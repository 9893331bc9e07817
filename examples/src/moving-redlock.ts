import { namedLocks } from '@ormutex/mysql2'
import { Redis } from 'ioredis'
import { createPool, type PoolConnection, type RowDataPacket } from 'mysql2/promise'
import Redlock from 'redlock'

const pool = createPool({ uri: process.env.DATABASE_URL!, connectionLimit: 5 })
const locks = namedLocks(pool, { namespace: 'shop' })
const redis = new Redis(process.env.REDIS_URL!)
const redlock = new Redlock([redis], { retryCount: -1, retryDelay: 20 })

async function charge(connection: PoolConnection): Promise<void> {
  const [[account]] = await connection.query<RowDataPacket[]>('SELECT balance FROM accounts WHERE id = 42')
  await connection.query('UPDATE accounts SET balance = ? WHERE id = 42', [account!['balance'] - 1])
}

// #region old
/** As it was. */
async function old(): Promise<void> {
  await redlock.using(['account:42'], 5_000, async () => {
    const connection = await pool.getConnection()
    try {
      await connection.beginTransaction()
      await charge(connection)
      await connection.commit()
    } catch (error) {
      await connection.rollback()
      throw error
    } finally {
      connection.release()
    }
  })
}
// #endregion old

// #region both
/** Beside the old processes: the old lock outside, the new one inside. */
async function both(): Promise<void> {
  await redlock.using(['account:42'], 5_000, (signal) => locks.withNamedLock('account:42', charge, { signal }))
}
// #endregion both

// #region after
/** Once no process is left that takes the old lock only. */
async function after(): Promise<void> {
  await locks.withNamedLock('account:42', charge)
}
// #endregion after

const ways: Record<string, () => Promise<void>> = { old, both, after }
const way = ways[process.argv[2] ?? 'both']!
for (let count = 0; count < 25; count += 1) await way()
console.log('Charged 25')
await redlock.quit()
await pool.end()
