import pg from 'pg'
import type { Client, ServerAddresses } from '../contender.js'

/** PostgreSQL's advisory lock of a session, with its transaction inside, on a connection of a `pg` pool. */
export async function open({ postgresql }: ServerAddresses, poolSize: number): Promise<Client> {
  const pool = new pg.Pool({ connectionString: postgresql, max: poolSize })
  const lock = async (name: string): Promise<pg.PoolClient> => {
    const client = await pool.connect()
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [name])
    return client
  }
  const unlock = async (client: pg.PoolClient, name: string): Promise<void> => {
    await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [name])
    client.release()
  }
  return {
    acquire: async (name) => {
      const client = await lock(name)
      return { release: () => unlock(client, name) }
    },
    update: async (name, section) => {
      const client = await lock(name)
      try {
        await client.query('BEGIN')
        section.entered()
        await client.query('UPDATE counters SET value = value + 1 WHERE name = $1', [name])
        section.left()
        await client.query('COMMIT')
      } finally {
        await unlock(client, name)
      }
    },
    close: () => pool.end(),
  }
}
