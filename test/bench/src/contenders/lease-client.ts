import { createPool } from 'mysql2/promise'
import type { Client, ServerAddresses } from '../contender.js'

/** A lock on another server, around a transaction on the database with mysql2. */
export function leaseClient(
  { database }: ServerAddresses,
  poolSize: number,
  { acquire, close }: Pick<Client, 'acquire' | 'close'>,
): Client {
  const pool = createPool({ ...database, connectionLimit: poolSize })
  return {
    acquire,
    update: async (name, section) => {
      const held = await acquire(name)
      try {
        const connection = await pool.getConnection()
        await connection.beginTransaction()
        section.entered()
        await connection.query('UPDATE counters SET value = value + 1 WHERE name = ?', [name])
        await connection.commit()
        section.left()
        connection.release()
      } finally {
        await held.release()
      }
    },
    close: async () => {
      await Promise.all([close(), pool.end()])
    },
  }
}
