import { createPool, type PoolConnection } from 'mysql2/promise'
import type { Client, ServerAddresses } from '../contender.js'

/** The row itself is the lock: a transaction that begins with `SELECT … FOR UPDATE`, on mysql2. */
export async function open({ database }: ServerAddresses, poolSize: number): Promise<Client> {
  const pool = createPool({ ...database, connectionLimit: poolSize })
  const lock = async (name: string): Promise<PoolConnection> => {
    const connection = await pool.getConnection()
    try {
      await connection.beginTransaction()
      await connection.query('SELECT value FROM counters WHERE name = ? FOR UPDATE', [name])
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }
  const commit = async (connection: PoolConnection): Promise<void> => {
    await connection.commit()
    connection.release()
  }
  return {
    acquire: async (name) => {
      const connection = await lock(name)
      return { release: () => commit(connection) }
    },
    update: async (name, section) => {
      const connection = await lock(name)
      section.entered()
      await connection.query('UPDATE counters SET value = value + 1 WHERE name = ?', [name])
      section.left()
      await commit(connection)
    },
    close: () => pool.end(),
  }
}
