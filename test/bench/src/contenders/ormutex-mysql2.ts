import { namedLocks, type NamedLocksOptions } from '@ormutex/mysql2'
import { createPool } from 'mysql2/promise'
import type { Client, ServerAddresses } from '../contender.js'
import { PATIENT } from './patient.js'

export async function open(
  { database }: ServerAddresses,
  poolSize: number,
  options?: NamedLocksOptions,
): Promise<Client> {
  const pool = createPool({ ...database, connectionLimit: poolSize })
  const locks = namedLocks(pool, { ...PATIENT, ...options })
  return {
    acquire: (name) => locks.acquireNamedLock(name),
    update: (name, section) =>
      locks.withNamedLock(name, async (connection) => {
        section.entered()
        await connection.query('UPDATE counters SET value = value + 1 WHERE name = ?', [name])
        section.left()
      }),
    read: async (name) => void (await pool.query('SELECT value FROM counters WHERE name = ?', [name])),
    close: () => pool.end(),
  }
}
