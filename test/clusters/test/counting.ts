import { createPool, type RowDataPacket } from 'mysql2/promise'
import { namedLocks } from '@ormutex/mysql2'

// A process for a test: raises the counter that its second argument names on the server that its first one leads to, as
// often as its third one says, each time by reading it and writing what is more by one.
const [uri = '', name = '', times = ''] = process.argv.slice(2)
const pool = createPool({ uri, connectionLimit: 5 })
const locks = namedLocks(pool)
await Promise.all(
  Array.from({ length: Number(times) }, () =>
    locks.withNamedLock(name, async (trx) => {
      const [rows] = await trx.query<RowDataPacket[]>('SELECT value FROM counters WHERE name = ?', [name])
      await trx.query('REPLACE INTO counters VALUES (?, ?)', [name, Number(rows[0]?.['value'] ?? 0) + 1])
    }),
  ),
)
await pool.end()
