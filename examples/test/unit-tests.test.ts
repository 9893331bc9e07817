import assert from 'node:assert/strict'
import { Database } from './database.js'

describe('Locks for unit tests, as the pages set them up', () => {
  let database: Database

  before(async () => {
    database = await Database.open('mysql')
    await database.pool.query('CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
    process.env.TEST_DATABASE_URL = database.url
  })
  beforeEach(() => database.pool.query('REPLACE INTO accounts VALUES (42, 100)'))
  after(() => database.close())

  const mistake = new Error('of a test')
  const unknownOption = /^TypeError: Unknown option/
  const balance = (): Promise<unknown> => database.value('SELECT balance FROM accounts')

  it('knex: in a transaction that takes further locks, and refuses its own options', async () => {
    const { db } = await import('../dist/unit-tests/knex.js')
    const call = db.withNamedLock('a', async (trx) => {
      await trx('accounts').update({ balance: 90 })
      await trx.withNamedLock(['a', 'b'], () => trx('accounts').update({ balance: 80 }))
      await assert.rejects(
        db.withNamedLock('a', () => {}),
        { code: 'LOCK_REENTRY' },
      )
      throw mistake
    })
    await assert.rejects(call, (error) => error === mistake)
    const options = { isolationLevel: 'read committed' } as object
    await assert.rejects(
      db.withNamedLock('a', () => {}, options),
      unknownOption,
    )
    await db.destroy()
    assert.equal(await balance(), 100)
  })

  it('sequelize: in a transaction, and refuses its own options', async () => {
    const { sequelize } = await import('../dist/unit-tests/sequelize.js')
    const call = sequelize.withNamedLock('a', async (transaction) => {
      await sequelize.query('UPDATE accounts SET balance = 90', { transaction })
      const options = { transaction } as object
      await assert.rejects(
        sequelize.withNamedLock('b', () => {}, options),
        unknownOption,
      )
      throw mistake
    })
    await assert.rejects(call, (error) => error === mistake)
    await sequelize.close()
    assert.equal(await balance(), 100)
  })

  it('mysql2: with a connection that takes further locks', async () => {
    const { locks } = await import('../dist/unit-tests/mysql2.js')
    const taken = await locks.withNamedLock('a', (connection) =>
      connection.withNamedLock(['a', 'b'], () => connection.query('SELECT 1').then(() => locks.namedLockHolder('b'))),
    )
    assert.notEqual(taken, null)
    assert.equal(await locks.namedLockHolder('b'), null)
  })

  it('prisma: with a tx that takes further locks', async () => {
    const { prisma } = await import('../dist/unit-tests/prisma.js')
    const account = await prisma.$mutex('a', (tx) => tx.$mutex(['a', 'b'], () => tx.account.findUnique()))
    assert.deepEqual(account, { id: 42, balance: 100 })
  })
})
