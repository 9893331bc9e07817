import { namedLocks } from '@ormutex/knex'
import knex from 'knex'

const plain = knex({ client: 'mysql2' })
const db = namedLocks(plain)

/** Options of calls. */
await db.withNamedLock('a', async (trx) => trx('accounts'), {
  /*! 'timeoutMS' does not exist | 'timeoutMs' */ timeoutMS: 5_000,
})
await db.withNamedLock('a', async () => 1, { /*! Type 'string' is not assignable to type 'number' */ timeoutMs: '5s' })
await db.withNamedLock('a', async () => 1, { /*! "snapshot" | "read committed" */ isolationLevel: 'snapshot' })
await db.withNamedLock('a', async () => 1, { /*! Type 'string' is not assignable to type 'boolean */ readOnly: 'yes' })
await db.withNamedLock('a', async () => 1, { /*! AbortSignal */ signal: new AbortController() })
await db.tryWithNamedLock('a', async () => 1, { /*! 'timeoutMs' */ timeoutMS: 5_000 })
await db.acquireNamedLock('a', {
  /*! 'isolationLevel' does not exist in type 'WaitOptions' */ isolationLevel: 'read committed',
})
await db.tryAcquireNamedLock('a', { /*! Type 'boolean' is not assignable to type 'number' */ keepAliveMs: true })
await db.namedLockHolder('a', { /*! 'timeoutMs' does not exist */ timeoutMs: 1 })

/** Names and callbacks. */
await db.withNamedLock(/*! Argument of type 'number' */ 42, async () => 1)
await db.withNamedLock(['a', /*! Type 'number' is not assignable to type 'string' */ 42], async () => 1)
await db.namedLockHolder(/*! Argument of type 'string[]' */ ['a'])
await db
  /*! Expected 2-3 arguments, but got 1 */ .withNamedLock('a')
await db.withNamedLock('a', { /*! 'timeoutMs' does not exist in type 'LockCallback< */ timeoutMs: 5_000 })
await db.withNamedLock('a', async (_, lock) => lock./*! Did you mean 'token' */ tokn)
const run = await db.tryWithNamedLock('a', () => 1)
console.log(run./*! 'value' does not exist */ value)

/** Inside transactions. */
await db.withNamedLock('a', async (trx) =>
  trx
    /*! Did you mean 'withNamedLock' */ .withNamedlock('b', () => 1),
)
await db.withNamedLock('a', async (trx) =>
  trx.withNamedLock('b', () => 1, {
    /*! 'isolationLevel' does not exist in type 'WaitOptions' */ isolationLevel: 'read committed',
  }),
)
await db.transaction(async (trx) => trx.withNamedLock('a', async () => 1, { /*! 'timeoutMs' */ timeoutMS: 5_000 }))

/** Options of namedLocks(), and what has no locks. */
namedLocks(plain, { /*! 'namespace' */ namspace: 'shop' })
namedLocks(plain, { /*! Type 'number' is not assignable to type 'string' */ namespace: 42 })
namedLocks(plain, { defaults: { /*! 'signal' does not exist */ signal: new AbortController().signal } })
namedLocks(plain, { defaults: { /*! 'timeoutMs' */ timeoutMS: 5 } })
namedLocks(/*! Knex */ { client: 'mysql2' })
namedLocks(/*! Argument of type 'string' | Knex */ 'mysql://localhost/shop')
