import { type LockingTransaction, namedLocks } from '@ormutex/knex'
import type { Harness, Row } from '@ormutex/testkit'
import knex from 'knex'

/** Knex on mysql2, as the conformance suite drives it. */
export const harness: Harness<LockingTransaction> = {
  name: 'Knex on mysql2',
  capabilities: { server: true, joins: 'any' },
  async open({ server, poolSize, namedLocks: options }) {
    const { host, port, user, password, database } = server!
    const connection = { host, port, user, password, database }
    const pool = { min: 0, max: poolSize, idleTimeoutMillis: 600_000 }
    const db = namedLocks(knex({ client: 'mysql2', connection, pool }), options)
    return {
      locks: db,
      joined: (trx) => trx,
      transaction: (work) => db.transaction(work),
      savepoint: (trx, work) => trx.transaction(work),
      read: async (trx, name) => {
        const row: { value: number } | undefined = await (trx ?? db)('counters').where({ name }).first('value')
        return row?.value ?? 0
      },
      write: async (trx, name, value) => {
        await (trx ?? db)('counters').insert({ name, value }).onConflict('name').merge()
      },
      query: async (trx, sql) => ((await (trx ?? db).raw(sql)) as [Row[]])[0],
      isolation: (level) => ({ isolationLevel: level.toLowerCase() }),
      connectionsInUse: () => (db.client as { pool?: { numUsed(): number } }).pool?.numUsed() ?? 0,
      killSession: async (sessionId) => void (await db.raw(`KILL ${Number(sessionId)}`)),
      close: () => db.destroy(),
    }
  },
}
