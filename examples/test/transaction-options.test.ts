import assert from 'node:assert/strict'
import { namedLocks as knexLocks } from '@ormutex/knex'
import { namedLocks as mysql2Locks } from '@ormutex/mysql2'
import { lockable, namedLocks as prismaLocks } from '@ormutex/prisma'
import { namedLocks as sequelizeLocks } from '@ormutex/sequelize'
import { FLAVOURS, until } from '@ormutex-test/servers'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import knex from 'knex'
import { Sequelize } from 'sequelize'
import { PrismaClient } from '../dist/generated/prisma/client.js'
import { Database } from './database.js'

const WRITE = 'UPDATE accounts SET balance = balance - 10'

for (const flavour of FLAVOURS) {
  describe(`Options of a transaction on ${flavour}, as the pages tell them`, () => {
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
      await database.pool.query('CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
    })
    beforeEach(() => database.pool.query('REPLACE INTO accounts VALUES (42, 100)'))
    after(() => database.close())

    const balance = (): Promise<unknown> => database.value('SELECT balance FROM accounts')

    it('Knex has isolationLevel or readOnly, and with both sends what no server takes', async () => {
      const db = knexLocks(knex({ client: 'mysql2', connection: database.url }))
      await db.withNamedLock('a', (trx) => trx.raw(WRITE), { isolationLevel: 'read committed' })
      const readOnly = db.withNamedLock('a', (trx) => trx.raw(WRITE), { readOnly: true })
      await assert.rejects(readOnly, { code: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION' })
      const both = db.withNamedLock('a', () => {}, { isolationLevel: 'read committed', readOnly: true })
      await assert.rejects(both, { code: 'ER_PARSE_ERROR' })
      await db.destroy()
      assert.equal(await balance(), 90)
    })

    it('Sequelize sends nothing for readOnly', async () => {
      const sequelize = sequelizeLocks(new Sequelize(database.url, { logging: false }))
      await sequelize.withNamedLock('a', (transaction) => sequelize.query(WRITE, { transaction }), { readOnly: true })
      await sequelize.close()
      assert.equal(await balance(), 90)
    })

    it('mysql2 has readOnly', async () => {
      const locks = mysql2Locks(database.pool)
      const call = locks.withNamedLock('a', (connection) => connection.query(WRITE), { readOnly: true })
      await assert.rejects(call, { code: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION' })
      assert.equal(await balance(), 100)
    })

    it("Prisma's timeout ends a wait of tx.$mutex with LOCK_FAILED, and after the grant the next statement with P2028", async () => {
      const adapter = lockable(new PrismaMariaDb(database.prismaUrl))
      const prisma = new PrismaClient({ adapter }).$extends(prismaLocks())
      const lock = await prisma.$acquireMutex('a')
      const waiting = prisma.$transaction((tx) => tx.$mutex('a', () => {}), { timeout: 300 })
      await assert.rejects(waiting, { code: 'LOCK_FAILED' })
      await lock.release()
      const granted = prisma.$transaction(
        (tx) =>
          tx.$mutex('a', async () => {
            await until('Prisma has rolled it back', async () => (await prisma.$mutexHolder('a')) === null)
            await tx.$executeRawUnsafe(WRITE)
          }),
        { timeout: 300 },
      )
      await assert.rejects(granted, { code: 'P2028' })
      await prisma.$disconnect()
      assert.equal(await balance(), 100)
    })
  })
}
