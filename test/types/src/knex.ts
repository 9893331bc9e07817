import type { Holder, Lock, TryResult } from '@ormutex/core'
import { type LockingTransaction, namedLocks } from '@ormutex/knex'
import knex, { type Knex } from 'knex'
import { expectType, type Same } from './expect.js'

const plain = knex({ client: 'mysql2' })
const db = namedLocks(plain, { namespace: 'shop', defaults: { timeoutMs: 5_000 } })

/** The instance stays what it was: a Knex. */
export const stillKnex: Knex = db
export const rows: Promise<{ id: number }[]> = db<{ id: number }>('accounts')
  .select('id')
  .then((found) => found)

/** The callback's transaction is Knex's own, and its result is the call's. */
const number = db.withNamedLock('user:42', async (trx) => {
  const transaction: Knex.Transaction = trx
  await transaction.savepoint(async () => {})
  return 42
})
expectType<Same<typeof number, Promise<number>>>()
const text = db.withNamedLock('user:42', () => 'sync')
expectType<Same<typeof text, Promise<string>>>()

/** One name or several: the lock says which. */
db.withNamedLock('user:42', (_, lock) => {
  expectType<Same<typeof lock, Lock<'user:42'>>>()
  expectType<Same<typeof lock.key, string>>()
  expectType<Same<typeof lock.token, bigint>>()
}).catch(() => {})
db.withNamedLock(['a', 'b'], (_, lock) => {
  expectType<Same<typeof lock.key, readonly string[]>>()
}).catch(() => {})
declare const someNames: string[]
db.withNamedLock(someNames, (_, lock: Lock<string[]>) => lock.name.length).catch(() => {})

const tried = db.tryWithNamedLock('user:42', async () => new Date())
expectType<Same<typeof tried, Promise<TryResult<Date>>>>()
export async function narrowed(): Promise<Date | Holder | null> {
  const result = await tried
  return result.acquired ? result.value : result.holder
}

const held = db.acquireNamedLock('deploy')
expectType<Same<typeof held, Promise<Lock<'deploy'>>>>()
const maybe = db.tryAcquireNamedLock('deploy')
expectType<Same<typeof maybe, Promise<Lock<'deploy'> | null>>>()
export async function disposed(): Promise<void> {
  await using lock = await db.acquireNamedLock('deploy')
  lock.signal.throwIfAborted()
}

/** Transactions that the instance begins can take locks, savepoints included. */
export const joined = db.transaction((trx) =>
  trx.withNamedLock('a', (inner) => inner.transaction((savepoint) => savepoint.withNamedLock('b', () => 1))),
)
expectType<Same<typeof joined, Promise<number>>>()
export const byHand: Promise<LockingTransaction> = db.transaction()

db.withNamedLock('a', () => 1, { isolationLevel: 'read committed', readOnly: true, timeoutMs: 300 }).catch(() => {})
// @ts-expect-error a misspelt option
db.withNamedLock('a', () => 1, { timeout: 300 }).catch(() => {})
// @ts-expect-error a string is no number of milliseconds
db.withNamedLock('a', () => 1, { timeoutMs: '300' }).catch(() => {})
// @ts-expect-error no transaction is begun, so it has no isolation level
db.acquireNamedLock('a', { isolationLevel: 'read committed' }).catch(() => {})
// @ts-expect-error the callback is missing
db.withNamedLock('a').catch(() => {})
// @ts-expect-error a name is no number
db.withNamedLock(42, () => 1).catch(() => {})
// @ts-expect-error a signal belongs to a call
namedLocks(plain, { defaults: { signal: new AbortController().signal } })
