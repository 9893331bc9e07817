import { memoryLocks } from '@ormutex/core/memory'
import { Sequelize } from 'sequelize'

// Whatever your tests run on, SQLite for example.
const testDb = new Sequelize(process.env.TEST_DATABASE_URL!, { logging: false })
const locks = memoryLocks({ transaction: (work) => testDb.transaction(work) })
export const sequelize = Object.assign(testDb, locks)
