import { type MemoryLocks, memoryLocks } from '@ormutex/core/memory'
import type { LockingTransaction } from '@ormutex/knex'
import knex from 'knex'

// Whatever your tests run on, SQLite for example.
const testDb = knex({ client: 'mysql2', connection: process.env.TEST_DATABASE_URL! })
const locks: MemoryLocks<LockingTransaction> = memoryLocks({
  transaction: (work) =>
    testDb.transaction((transaction) => {
      const trx = transaction as LockingTransaction
      return work(Object.assign(trx, locks.joined(trx))) // so that it has trx.withNamedLock
    }),
})
export const db = Object.assign(testDb, locks)
