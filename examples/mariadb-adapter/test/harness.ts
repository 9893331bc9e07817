import { connectionAttributes } from '@ormutex/core'
import { type LockingConnection, namedLocks } from '@ormutex-example/mariadb-adapter'
import type { Harness } from '@ormutex/testkit'
import { createPool } from 'mariadb'

/** The adapter, as the conformance suite drives it. */
export const harness: Harness<LockingConnection> = {
  name: 'the mariadb connector',
  capabilities: { server: true, joins: 'any' },
  async open({ server, poolSize, namedLocks: options }) {
    const { host, port, user, password, database } = server!
    const settings = { host, port, user, password, database, allowPublicKeyRetrieval: true }
    const pooling = {
      connectionLimit: poolSize,
      // Else the pool opens connections of its own accord, and their statements come between those that are
      // counted. With 1, some connections stayed open after their pool was ended, and the process with them
      // (3.5.4).
      minimumIdle: 0,
      connectAttributes: connectionAttributes(options),
    }
    const pool = namedLocks(createPool({ ...settings, ...pooling }), options)
    return {
      locks: pool,
      joined: (connection) => connection,
      transaction: async (work) => {
        const connection = await pool.getConnection()
        try {
          await connection.beginTransaction()
          const result = await work(connection)
          await connection.commit()
          return result
        } catch (error) {
          await connection.rollback()
          throw error
        } finally {
          await connection.release()
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
        const sql = 'SELECT value FROM counters WHERE name = ?'
        const rows: { value: number }[] = await (connection ?? pool).query(sql, [name])
        return rows[0]?.value ?? 0
      },
      write: async (connection, name, value) => {
        await (connection ?? pool).query('REPLACE INTO counters (name, value) VALUES (?, ?)', [name, value])
      },
      query: async (connection, sql) => (connection ?? pool).query(sql),
      isolation: (isolationLevel) => ({ isolationLevel }),
      connectionsInUse: () => pool.activeConnections(),
      killSession: async (sessionId) => void (await pool.query(`KILL ${Number(sessionId)}`)),
      close: () => pool.end(),
    }
  },
}
