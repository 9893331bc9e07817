// A test of an application in CommonJS, as Jest has it by default.
const { namedLocks, LockTimeoutError } = require('@ormutex/knex')
const { knex } = require('knex')

test('has a lock', async () => {
  const db = namedLocks(knex({ client: 'mysql2', connection: process.env.DATABASE_URL }))
  try {
    const row = await db.withNamedLock('knex', (trx) => trx('counters').where({ name: 'knex' }).first())
    expect(row).toEqual({ name: 'knex', value: 0 })
    const lock = await db.acquireNamedLock('knex')
    await expect(db.withNamedLock('knex', () => {}, { timeoutMs: 0 })).rejects.toThrow(LockTimeoutError)
    await lock.release()
  } finally {
    await db.destroy()
  }
})
