import { namedLocks } from '@ormutex/mysql2'
import { createPool, type PoolConnection, type RowDataPacket } from 'mysql2/promise'

const pool = createPool({ uri: process.env.DATABASE_URL!, connectionLimit: 5 })
const locks = namedLocks(pool, { namespace: 'shop' })

async function charge(connection: PoolConnection): Promise<void> {
  const [[account]] = await connection.query<RowDataPacket[]>('SELECT balance FROM accounts WHERE id = 42')
  await connection.query('UPDATE accounts SET balance = ? WHERE id = 42', [account!['balance'] - 1])
}

// #region old
/** As it was, and about as well as it can be done by hand. */
async function old(): Promise<void> {
  const connection = await pool.getConnection()
  try {
    const [[row]] = await connection.query<RowDataPacket[]>("SELECT GET_LOCK('account:42', 10) AS granted")
    if (row!['granted'] !== 1) throw new Error('Not granted')
    try {
      await connection.beginTransaction()
      await charge(connection)
      await connection.commit()
    } catch (error) {
      await connection.rollback()
      throw error
    } finally {
      await connection.query("SELECT RELEASE_LOCK('account:42')")
    }
    connection.release()
  } catch (error) {
    connection.destroy()
    throw error
  }
}
// #endregion old

// #region new
/** While old code is still running: the same name on the server. */
async function beside(): Promise<void> {
  await locks.withNamedLock('account:42', charge, { exactName: true })
}
// #endregion new

// #region both
/** Once no old code is left: on the way to a name in the application's namespace. */
async function both(): Promise<void> {
  await locks.withNamedLock('account:42', (connection) => connection.withNamedLock('account:42', charge), {
    exactName: true,
  })
}
// #endregion both

// #region after
/** Once every process takes both. */
async function after(): Promise<void> {
  await locks.withNamedLock('account:42', charge)
}
// #endregion after

const ways: Record<string, () => Promise<void>> = { old, beside, both, after }
const way = ways[process.argv[2] ?? 'beside']!
for (let count = 0; count < 25; count += 1) await way()
console.log('Charged 25')
await pool.end()
