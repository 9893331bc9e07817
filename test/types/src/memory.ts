import { type MemoryLocks, memoryLocks, type RunTransaction } from '@ormutex/core/memory'
import type { Knex } from 'knex'
import type { Sequelize, Transaction } from 'sequelize'
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
