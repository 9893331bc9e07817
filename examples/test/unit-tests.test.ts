import assert from 'node:assert/strict'
import type { LockingKnex, LockingTransaction } from '@ormutex/knex'
import type { LockedConnection, PoolLocks } from '@ormutex/mysql2'
import type { LockingSequelize } from '@ormutex/sequelize'
import type { Knex } from 'knex'
import type { RowDataPacket } from 'mysql2/promise'
import { Transaction } from 'sequelize'
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
  const byHand = /^TypeError: transaction\(\) of memoryLocks\(\) needs the function/
  const balance = (): Promise<unknown> => database.value('SELECT balance FROM accounts')

  describe('knex', () => {
    let db: LockingKnex<Knex>
    before(async () => ({ db } = await import('../dist/unit-tests/knex.js')))
    after(() => db.destroy())

    /** As an application has it: inside a transaction of whoever calls, or in one of its own. */
    async function charge(amount: number, trx?: LockingTransaction): Promise<number> {
      const within = async (transaction: LockingTransaction): Promise<number> => {
        await transaction('accounts').where({ id: 42 }).decrement('balance', amount)
        return (await transaction('accounts').where({ id: 42 }).first('balance')).balance
      }
      if (trx !== undefined) return trx.withNamedLock('user:42', within)
      return db.withNamedLock('user:42', within, { isolationLevel: 'read committed' })
    }

    it('runs code that locks around a transaction, and code that joins one, unchanged', async () => {
      assert.equal(await charge(10), 90)
      const call = db.transaction(
        async (trx) => {
          assert.equal(await charge(10, trx), 80)
          assert.notEqual(await db.namedLockHolder('user:42'), null)
          const [[{ level }]] = await trx.raw('SELECT @@transaction_isolation AS level')
          assert.equal(level, 'REPEATABLE-READ')
          throw mistake
        },
        { isolationLevel: 'repeatable read' },
      )
      await assert.rejects(call, (error) => error === mistake)
      assert.equal(await db.namedLockHolder('user:42'), null)
      assert.equal(await balance(), 90)
    })

    it('takes further locks in a callback, and refuses what Knex has not', async () => {
      const holder = await db.withNamedLock('a', (trx) => trx.withNamedLock(['a', 'b'], () => db.namedLockHolder('b')))
      assert.notEqual(holder, null)
      const call = db.withNamedLock('a', () => db.withNamedLock('a', () => {}))
      await assert.rejects(call, { code: 'LOCK_REENTRY' })
      await assert.rejects(
        db.withNamedLock('a', () => {}, { isolationLvl: 'serializable' } as object),
        unknownOption,
      )
      for (const config of [undefined, { readOnly: true }]) await assert.rejects(db.transaction(config), byHand)
    })

    it('begins the transaction of a lock with the options of the call', async () => {
      const readOnly = db.withNamedLock('a', (trx) => trx('accounts').update({ balance: 0 }), { readOnly: true })
      await assert.rejects(readOnly, { code: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION' })
    })
  })

  describe('sequelize', () => {
    let sequelize: LockingSequelize
    before(async () => ({ sequelize } = await import('../dist/unit-tests/sequelize.js')))
    after(() => sequelize.close())

    /** As an application has it: inside a transaction of whoever calls, or in one of its own. */
    function charge(amount: number, outer?: Transaction): Promise<unknown> {
      return sequelize.withNamedLock(
        'user:42',
        (transaction) => sequelize.query(`UPDATE accounts SET balance = balance - ${amount}`, { transaction }),
        outer === undefined ? { isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED } : { transaction: outer },
      )
    }

    for (const [how, begin] of [
      ['sequelize.transaction(work)', (work) => sequelize.transaction(work)],
      ['sequelize.transaction(options, work)', (work) => sequelize.transaction({ logging: false }, work)],
      ["a lock's callback", (work) => sequelize.withNamedLock('a', (transaction) => work(transaction))],
    ] as [string, (work: (transaction: Transaction) => Promise<never>) => Promise<never>][]) {
      it(`runs code that locks around a transaction, and code that joins that of ${how}, unchanged`, async () => {
        await charge(10)
        const call = begin(async (transaction) => {
          await charge(10, transaction)
          assert.notEqual(await sequelize.namedLockHolder('user:42'), null)
          throw mistake
        })
        await assert.rejects(call, (error) => error === mistake)
        assert.equal(await sequelize.namedLockHolder('user:42'), null)
        assert.equal(await balance(), 90)
      })
    }

    it('refuses a transaction that there is not, and what is no option', async () => {
      await assert.rejects(
        sequelize.withNamedLock('a', () => {}, { transaction: undefined }),
        { code: 'LOCK_NO_TRANSACTION' },
      )
      await assert.rejects(
        sequelize.withNamedLock('a', () => {}, { transacton: undefined } as object),
        unknownOption,
      )
      for (const options of [undefined, { readOnly: true }])
        await assert.rejects(sequelize.transaction(options), byHand)
    })
  })

  describe('mysql2', () => {
    /** As an application has it: on the connection of whoever calls, or in a transaction of its own. */
    async function charge(locks: PoolLocks, outer?: LockedConnection): Promise<number> {
      const within = async (connection: LockedConnection): Promise<number> => {
        const [[account]] = await connection.query<RowDataPacket[]>('SELECT balance FROM accounts')
        await connection.execute('UPDATE accounts SET balance = ?', [account!.balance - 10])
        return account!.balance - 10
      }
      return locks.withNamedLock('user:42', within, outer === undefined ? { readOnly: false } : { connection: outer })
    }

    it('runs code that locks around a transaction, and code that joins one, unchanged', async () => {
      const { locks, statements } = await import('../dist/unit-tests/mysql2.js')
      assert.equal(await charge(locks), 90)
      await locks.withNamedLock('a', async (connection) => {
        assert.equal(await charge(locks, connection), 90)
        await connection.withNamedLock(['a', 'b'], async () => {
          for (const name of ['user:42', 'b']) assert.notEqual(await locks.namedLockHolder(name), null)
        })
      })
      assert.deepEqual(await locks.listNamedLocks(), [])
      assert.equal(statements.length, 4)
      await assert.rejects(
        locks.withNamedLock('a', () => {}, { transaction: {} } as object),
        unknownOption,
      )
    })
  })

  describe('prisma', () => {
    it('runs code that locks around a transaction, and code that joins one', async () => {
      const { prisma } = await import('../dist/unit-tests/prisma.js')
      const account = await prisma.$mutex('a', (tx) => tx.$mutex(['a', 'b'], () => tx.account.findUnique()), {
        isolationLevel: 'ReadCommitted',
      })
      assert.deepEqual(account, { id: 42, balance: 100 })
      await prisma.$transaction(
        async (tx) => {
          await tx.$mutex('user:42', () => tx.account.findUnique())
          assert.deepEqual(await prisma.$tryAcquireMutex('user:42'), null)
        },
        { isolationLevel: 'ReadCommitted' },
      )
      await (await prisma.$acquireMutex('user:42', { timeoutMs: 0 })).release()
      await assert.rejects(
        prisma.$mutex('a', () => {}, { readOnly: true } as object),
        unknownOption,
      )
    })
  })
})
