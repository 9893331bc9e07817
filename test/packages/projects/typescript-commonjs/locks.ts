// TypeScript that becomes CommonJS: what is imported here is loaded with require().
import assert from 'node:assert/strict'
import { memoryLocks } from '@ormutex/core/memory'
import { namedLocks, type LockingTransaction } from '@ormutex/knex'
import { knex } from 'knex'

async function main(): Promise<void> {
  const db = namedLocks(knex({ client: 'mysql2', connection: process.env['DATABASE_URL']! }))
  const add = async (trx: LockingTransaction): Promise<void> => {
    await trx('counters').where('name', 'knex').increment('value', 1)
  }
  await db.withNamedLock('knex', add)
  const row = await db('counters').where('name', 'knex').first<{ value: number }>()
  assert.equal(row.value, 1)
  await db.destroy()
  assert.equal(await memoryLocks().withNamedLock('memory', () => 1), 1)
  console.log('proven')
}

void main()
