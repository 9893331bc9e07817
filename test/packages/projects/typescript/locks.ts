// Every package through its types, with a real lock of each adapter.
import assert from 'node:assert/strict'
import { type Holder, type Lock, LockTimeoutError, OrmutexError, systemClock } from '@ormutex/core'
import { memoryLocks, MemoryServer } from '@ormutex/core/memory'
import { callbackDriver, type SqlSource, surveyLocks } from '@ormutex/core/sql'
import { type LockingTransaction, namedLocks as forKnex } from '@ormutex/knex'
import { type LockedConnection, namedLocks as forMysql2 } from '@ormutex/mysql2'
import { OrmutexInstrumentation } from '@ormutex/opentelemetry'
import { lockable, namedLocks as forPrisma, type TransactionClientOf } from '@ormutex/prisma'
import { type LockingSequelize, lockOn, namedLocks as forSequelize } from '@ormutex/sequelize'
import { type Capabilities, conformance, type Harness } from '@ormutex/testkit'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import knex from 'knex'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { DataTypes, Model, Sequelize } from 'sequelize'
import { PrismaClient } from './generated/client.js'

const url = process.env['DATABASE_URL']!

async function withMysql2(): Promise<void> {
  const pool = createPool({ uri: url })
  const locks = forMysql2(pool, { namespace: 'types', defaults: { timeoutMs: 20_000 } })
  const increment = async (connection: LockedConnection, lock: Lock): Promise<number> => {
    assert.equal(lock.name, 'mysql2')
    const [rows] = await connection.query<RowDataPacket[]>("SELECT value FROM counters WHERE name = 'mysql2'")
    const value = (rows[0]!['value'] as number) + 1
    await connection.query("UPDATE counters SET value = ? WHERE name = 'mysql2'", [value])
    return value
  }
  const values = await Promise.all(
    [1, 2].map(() => locks.withNamedLock('mysql2', increment, { isolationLevel: 'READ COMMITTED' })),
  )
  assert.deepEqual(values.toSorted(), [1, 2])
  await pool.end()
}

async function withKnex(): Promise<void> {
  const db = forKnex(knex({ client: 'mysql2', connection: url }), { label: 'types' })
  const add = (trx: LockingTransaction): Promise<number> =>
    trx.from('counters').where('name', 'knex').increment('value', 1)
  await db.withNamedLock('knex', add, { timeoutMs: 20_000, readOnly: false })
  const holder: Holder | null = await db.namedLockHolder('knex')
  assert.equal(holder, null)
  await db.transaction((trx) => trx.withNamedLock(['knex', 'more'] as const, () => add(trx)))
  const row = await db('counters').where('name', 'knex').first<{ value: number }>()
  assert.equal(row.value, 2)
  await db.destroy()
}

class Counter extends Model {}

async function withSequelize(): Promise<void> {
  const sequelize: LockingSequelize = forSequelize(new Sequelize(url, { logging: false }))
  Counter.init(
    { name: { type: DataTypes.STRING, primaryKey: true }, value: DataTypes.INTEGER },
    { sequelize, tableName: 'counters', timestamps: false },
  )
  const remove = lockOn(Counter, 'beforeUpdate', (counter) => `counter:${String(counter.get('name'))}`)
  const result = await sequelize.tryWithNamedLock('sequelize', async (transaction) => {
    const counter = await Counter.findByPk('sequelize', { transaction, rejectOnEmpty: true })
    await counter.update({ value: 1 }, { transaction })
    return counter.get('value') as number
  })
  assert.equal(result.acquired && result.value, 1)
  remove()
  await sequelize.close()
}

async function withPrisma(): Promise<void> {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  const access = {
    host,
    port: Number(port),
    user,
    password,
    database: pathname.slice(1),
    allowPublicKeyRetrieval: true,
  }
  const prisma = new PrismaClient({ adapter: lockable(new PrismaMariaDb(access)) }).$extends(forPrisma())
  const add = async (tx: TransactionClientOf<typeof prisma>): Promise<number> => {
    const counter = await tx.counter.update({ where: { name: 'prisma' }, data: { value: { increment: 1 } } })
    return counter.value
  }
  assert.equal(await prisma.$mutex('prisma', add, { timeoutMs: 20_000, isolationLevel: 'ReadCommitted' }), 1)
  const lock = await prisma.$acquireMutex('prisma')
  const taken = await prisma.$tryMutex('prisma', add)
  assert.equal(taken.acquired ? null : taken.holder?.sessionId, lock.sessionId)
  await lock.release()
  await prisma.$disconnect()
}

async function withoutDatabase(): Promise<void> {
  const instrumentation = new OrmutexInstrumentation({ recordNames: true })
  const locks = memoryLocks<{ id: number }>({
    server: new MemoryServer(systemClock),
    transaction: (work) => work({ id: 1 }),
  })
  await locks.withNamedLock('memory', async ({ id }) => {
    assert.equal(id, 1)
    const refused: unknown = await locks.withNamedLock('memory', () => 1).catch((error: unknown) => error)
    assert.ok(refused instanceof OrmutexError && !(refused instanceof LockTimeoutError))
    assert.equal(refused.code, 'LOCK_REENTRY')
  })
  instrumentation.disable()
}

/** What authors of adapters use. */
function forAuthors(): void {
  const capabilities: Capabilities = { server: false, joins: 'none' }
  const harness: Harness<object> = { name: 'none', capabilities, open: () => Promise.reject(new Error('Never opened')) }
  const source: Pick<SqlSource<object, object, object>, 'transactionOptions'> = { transactionOptions: ['readOnly'] }
  assert.ok(!harness.capabilities.server && source.transactionOptions.length === 1)
  for (const part of [conformance, surveyLocks, callbackDriver.query]) assert.equal(typeof part, 'function')
}

await withMysql2()
await withKnex()
await withSequelize()
await withPrisma()
await withoutDatabase()
forAuthors()
console.log('proven')
