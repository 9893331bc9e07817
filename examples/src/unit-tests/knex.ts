import { type MemoryLocks, memoryLocks } from '@ormutex/core/memory'
import type { KnexTransactionOptions, LockingKnex, LockingTransaction } from '@ormutex/knex'
import knex, { type Knex } from 'knex'

// Whatever your tests run on, SQLite for example.
const testDb = knex({ client: 'mysql2', connection: process.env.TEST_DATABASE_URL! }) as LockingKnex<Knex>
const begin: typeof testDb.transaction = testDb.transaction.bind(testDb)
const locks: MemoryLocks<LockingTransaction, KnexTransactionOptions> = memoryLocks({
  transactionOptions: ['isolationLevel', 'readOnly'],
  // Each trx gets trx.withNamedLock.
  transaction: (work, options) => begin((trx) => work(Object.assign(trx, locks.joined(trx))), options),
})
export const db = Object.assign(testDb, locks)
// Those of db.transaction(async (trx) => …) get it, too.
Object.defineProperty(db, 'transaction', { value: locks.transaction })
