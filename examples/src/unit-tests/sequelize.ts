import { memoryLocks } from '@ormutex/core/memory'
import { Sequelize, type Transaction } from 'sequelize'

const testDb = new Sequelize(process.env.TEST_DATABASE_URL!, { logging: false }) // whatever your tests run on, SQLite for example
const locks = memoryLocks<Transaction>({ transaction: (work) => testDb.transaction(work) })
const { withNamedLock, tryWithNamedLock } = locks
export const sequelize = Object.assign(testDb, { withNamedLock, tryWithNamedLock })
