import { namedLocks } from '@ormutex/mysql2'
import { createPool, type RowDataPacket } from 'mysql2/promise'

const pool = createPool(process.env.DATABASE_URL!)
const locks = namedLocks(pool, { namespace: 'shop' })

const balance = await locks.withNamedLock('account:42', async (connection) => {
  const [[account]] = await connection.query<RowDataPacket[]>('SELECT balance FROM accounts WHERE id = 42')
  const left = account!.balance - 10
  await connection.execute('UPDATE accounts SET balance = ? WHERE id = 42', [left])
  return left
})

console.log(`${balance} left`)
await pool.end()
