import { memoryLocks } from '@ormutex/core/memory'
import type { LockingSequelize, SequelizeCallOptions } from '@ormutex/sequelize'
import { Sequelize, type Transaction } from 'sequelize'

// Whatever your tests run on, SQLite for example.
const testDb = new Sequelize(process.env.TEST_DATABASE_URL!, { logging: false })
const begin: Sequelize['transaction'] = testDb.transaction.bind(testDb)
const locks = memoryLocks<Transaction, SequelizeCallOptions>({
  join: { option: 'transaction' },
  transactionOptions: ['isolationLevel', 'logging'],
  transaction: (work, options) => begin(options, work),
})
export const sequelize: LockingSequelize = Object.assign(testDb, locks)

// So that locks can join the transaction of sequelize.transaction(async (transaction) => …), too.
type Work = (transaction: Transaction) => Promise<unknown>
const transaction = (...call: [Work] | [SequelizeCallOptions, Work]): Promise<unknown> =>
  call.length === 1 ? locks.transaction(call[0]) : locks.transaction(call[1], call[0])
Object.assign(testDb, { transaction })
