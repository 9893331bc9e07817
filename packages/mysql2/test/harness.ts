import { type LockedConnection, namedLocks } from '@ormutex/mysql2'
import type { Harness } from '@ormutex/testkit'
import { createPool, type RowDataPacket } from 'mysql2/promise'

/** A bare mysql2 pool, as the conformance suite drives it. */
export const harness: Harness<LockedConnection> = {
  name: 'mysql2',
  // mysql2 does not tell when a transaction of somebody else's ends.
  capabilities: { server: true, joins: 'locked' },
  async open({ server, poolSize, namedLocks: options }) {
    const { host, port, user, password, database } = server!
    const pool = createPool({ host, port, user, password, database, connectionLimit: poolSize, maxIdle: poolSize })
    const locks = namedLocks(pool, options)
    // mysql2 has no public count, and its events leave out connections that were destroyed.
    const counts = pool.pool as unknown as Record<'_allConnections' | '_freeConnections', { readonly length: number }>
    return {
      locks,
      joined: (connection) => connection,
      transaction: async (work) => {
        const connection = (await pool.getConnection()) as LockedConnection
        await connection.beginTransaction()
        try {
          const result = await work(connection)
          await connection.commit()
          return result
        } catch (error) {
          await connection.rollback()
          throw error
        } finally {
          connection.release()
        }
      },
      savepoint: async (connection, work) => {
        await connection.query('SAVEPOINT conformance')
        try {
          return await work(connection)
        } catch (error) {
          await connection.query('ROLLBACK TO SAVEPOINT conformance')
          throw error
        }
      },
      read: async (connection, name) => {
        const [rows] = await (connection ?? pool).query<RowDataPacket[]>('SELECT value FROM counters WHERE name = ?', [
          name,
        ])
        return (rows[0] as { value: number } | undefined)?.value ?? 0
      },
      write: async (connection, name, value) => {
        await (connection ?? pool).query('REPLACE INTO counters (name, value) VALUES (?, ?)', [name, value])
      },
      query: async (connection, sql) => (await (connection ?? pool).query<RowDataPacket[]>(sql))[0],
      isolation: (isolationLevel) => ({ isolationLevel }),
      connectionsInUse: () => counts._allConnections.length - counts._freeConnections.length,
      killSession: async (sessionId) => void (await pool.query(`KILL ${Number(sessionId)}`)),
      close: () => pool.end(),
    }
  },
}
