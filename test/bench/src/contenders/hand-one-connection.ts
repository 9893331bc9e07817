import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Client, ServerAddresses } from '../contender.js'
import { checkGranted } from './granted.js'

/** What the server itself takes for many locks of one connection. Excludes other connections only. */
export async function open({ database }: ServerAddresses): Promise<Client> {
  const connection = await createConnection({ ...database })
  return {
    acquire: async (name) => {
      const [rows] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, 0) AS granted', [name])
      checkGranted(rows[0]?.['granted'])
      return { release: () => connection.query('SELECT RELEASE_LOCK(?)', [name]) }
    },
    update: () => Promise.reject(new Error('Holds locks, and does nothing else')),
    close: () => connection.end(),
  }
}
