import { createPool, type Pool, type PoolConnection, type RowDataPacket } from 'mysql2/promise'
import type { Client, ServerAddresses } from '../contender.js'
import { checkGranted } from './granted.js'
import { PATIENCE_MS } from './patient.js'

/** GET_LOCK, BEGIN, the statement, COMMIT and RELEASE_LOCK on one connection of the pool. */
export async function open({ database }: ServerAddresses, poolSize: number): Promise<Client> {
  const pool = createPool({ ...database, connectionLimit: poolSize })
  return {
    acquire: async (name) => {
      const connection = await lock(pool, name)
      return { release: () => unlock(connection, name) }
    },
    update: async (name, section) => {
      const connection = await lock(pool, name)
      try {
        await connection.beginTransaction()
        section.entered()
        await connection.query('UPDATE counters SET value = value + 1 WHERE name = ?', [name])
        section.left()
        await connection.commit()
      } finally {
        await unlock(connection, name)
      }
    },
    read: async (name) => void (await pool.query('SELECT value FROM counters WHERE name = ?', [name])),
    close: () => pool.end(),
  }
}

async function lock(pool: Pool, name: string): Promise<PoolConnection> {
  const connection = await pool.getConnection()
  const [rows] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS granted', [
    name,
    PATIENCE_MS / 1_000,
  ])
  checkGranted(rows[0]?.['granted'])
  return connection
}

async function unlock(connection: PoolConnection, name: string): Promise<void> {
  await connection.query('SELECT RELEASE_LOCK(?)', [name])
  connection.release()
}
