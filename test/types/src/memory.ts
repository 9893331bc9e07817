import { type MemoryLocks, memoryLocks, type RunTransaction } from '@ormutex/core/memory'
import type { KnexTransactionOptions, LockingKnex, LockingTransaction } from '@ormutex/knex'
import type { Mysql2CallOptions, PoolLocks } from '@ormutex/mysql2'
import type { LockingSequelize, SequelizeCallOptions } from '@ormutex/sequelize'
import type { Knex } from 'knex'
import { type Sequelize, Transaction } from 'sequelize'
import { expectType, type Same } from './expect.js'

const fake = { query: async (sql: string) => sql.length }
type Fake = typeof fake

/** What callbacks get is what `transaction` hands to `work`. */
const inferred = memoryLocks({ transaction: (work) => work({ ...fake }) })
expectType<Same<typeof inferred, MemoryLocks<Fake>>>()
const length = inferred.withNamedLock('user:42', (tx) => tx.query('SELECT 1'))
expectType<Same<typeof length, Promise<number>>>()

declare const rollback: () => Promise<void>
const careful = memoryLocks({
  namespace: 'shop',
  transaction: async (work) => {
    try {
      return await work({ ...fake })
    } finally {
      await rollback()
    }
  },
})
expectType<Same<typeof careful, MemoryLocks<Fake>>>()

/** Also where an ORM's own transaction hands it. */
declare const knex: Knex
declare const sequelize: Sequelize
const ofKnex = Object.assign(knex, memoryLocks({ transaction: (work) => knex.transaction(work) }))
ofKnex.withNamedLock('a', async (trx) => trx('accounts').where({ id: 42 }).decrement('balance', 10)).catch(() => {})
ofKnex.transaction(async (trx) => trx('accounts').del()).catch(() => {})
const ofSequelize = memoryLocks({ transaction: (work) => sequelize.transaction(work) })
expectType<Same<typeof ofSequelize, MemoryLocks<Transaction>>>()

/** Where it does not show, it can be said. */
declare const run: RunTransaction<Fake>
const told = memoryLocks({ transaction: run })
expectType<Same<typeof told, MemoryLocks<Fake>>>()
const said = memoryLocks<Fake>({ transaction: async (work) => void (await work({ ...fake })) })
expectType<Same<typeof said, MemoryLocks<Fake>>>()
const unknown = memoryLocks({ transaction: async (work) => void (await work({ ...fake })) })
expectType<Same<typeof unknown, MemoryLocks<object>>>()
const none = memoryLocks()
expectType<Same<typeof none, MemoryLocks<object>>>()

/** What an ORM's calls take besides, they take when it is said; and they stand in for the ORM's. */
const asSequelize = memoryLocks<Transaction, SequelizeCallOptions>({
  join: { option: 'transaction', current: () => undefined },
  transactionOptions: ['isolationLevel'],
  transaction: (work, options) => sequelize.transaction(options, work),
})
export const lockingSequelize: LockingSequelize = Object.assign(sequelize, asSequelize)
declare const transaction: Transaction
asSequelize.withNamedLock('a', () => 1, { transaction, timeoutMs: 5 }).catch(() => {})
asSequelize
  .tryWithNamedLock('a', () => 1, { isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED })
  .catch(() => {})

declare const testDb: LockingKnex<Knex>
const begin: typeof testDb.transaction = testDb.transaction.bind(testDb)
const asKnex: MemoryLocks<LockingTransaction, KnexTransactionOptions> = memoryLocks({
  transactionOptions: ['isolationLevel', 'readOnly'],
  transaction: (work, options) => begin((trx) => work(Object.assign(trx, asKnex.joined(trx))), options),
})
export const lockingKnex: LockingKnex<Knex> = Object.assign(testDb, asKnex)
asKnex.withNamedLock('a', (trx) => trx.withNamedLock('b', () => 1), { readOnly: true }).catch(() => {})

declare const asMysql2: MemoryLocks<Parameters<Parameters<PoolLocks['withNamedLock']>[1]>[0], Mysql2CallOptions>
export const poolLocks: PoolLocks = asMysql2

/** Naming a current transaction says nothing of what callbacks get. */
const current = memoryLocks({
  transaction: (work) => work({ ...fake }),
  join: { option: 'transaction', current: (): Fake & { further: 1 } => ({ ...fake, further: 1 }) },
})
expectType<Same<typeof current, MemoryLocks<Fake>>>()
