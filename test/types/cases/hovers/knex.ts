import { isOrmutexError, namedLocks } from '@ormutex/knex'
import knex from 'knex'

const db = /*? returns that same instance | @throws | LOCK_UNSUPPORTED | @example */ namedLocks(
  knex({ client: 'mysql2' }),
  {
    /*? two applications on one server apart | @default the current database */ namespace: 'shop',
    /*? HMACs | @default none */ secret: 's3cret',
    /*? Defaults for every call | @default */ defaults: { /*? milliseconds | @default 10000 */ timeoutMs: 5_000 },
    /*? connections of the pool | 1 or more | @default half of the pool */ maxWaiters: 2,
    /*? milliseconds, 0 to 60000 | @default 50 */ handOverMs: 20,
    /*? same node | LOCK_UNSUPPORTED | @default false */ allowNodeLocalLocks: false,
    /*? 1 to 64 characters | @default `hostname:pid` */ label: 'worker',
  },
)

/** Every option of a call, and what the callback gets. */
await db
  /*? pins a connection | 10 000 ms by default | COMMIT_UNKNOWN | @example */ .withNamedLock(
    'user:42',
    async (trx, lock) => {
      await trx
        /*? joins this transaction | REPEATABLE READ | LOCK_REENTRY | @example */ .withNamedLock('b', () => 1)
      await trx
        /*? { acquired: true, value } | 0 by default */ .tryWithNamedLock('c', () => 1)
      console.log(lock./*? name */ name, lock./*? at most 64 characters */ key, lock./*? session */ sessionId)
      console.log(
        lock./*? Grows with every grant | BIGINT */ token,
        lock./*? whole milliseconds, rounded down */ waitedMs,
      )
      console.log(
        lock
          /*? For `JSON.stringify` | token: string */ .toJSON(),
      )
      return lock./*? LOCK_LOST | HOLD_TIMEOUT */ signal.aborted
    },
    {
      /*? Longest wait in milliseconds | within 50 ms | LOCK_TIMEOUT | @default 10000 */ timeoutMs: 5_000,
      /*? Gives up the wait | signal.reason | @default none */ signal: new AbortController().signal,
      /*? Longest hold in milliseconds | HOLD_TIMEOUT | @default none */ holdTimeoutMs: 1_000,
      /*? milliseconds | 0 turns that off | @default 30000 */ keepAliveMs: 10_000,
      /*? whole seconds, 1000 to | wait_timeout | @default none */ orphanTimeoutMs: 60_000,
      /*? 1 to 64 characters of `[a-z0-9:._~-]` | @default false */ exactName: true,
      /*? in Knex's words | @default the session's */ isolationLevel: 'read committed',
      /*? may only read | @default false */ readOnly: true,
    },
  )

/** The other methods. */
const run = await db
  /*? without waiting | 0 by default | LOCK_TIMEOUT | @example */ .tryWithNamedLock('a', () => 1)
if (run./*? Whether the callback ran */ acquired) console.log(run./*? What the callback returned */ value)
else
  console.log(
    run./*? Who has the lock; `null` */ holder?./*? hostname:pid */ label,
    run.holder?./*? whole milliseconds | lower bound */ heldMs,
  )
const lock = await db
  /*? with no transaction open | LOCK_TIMEOUT | @example */ .acquireNamedLock('deploy')
await lock
  /*? Gives the lock back. Never rejects */ .release()
await db
  /*? `null` | 0 by default */ .tryAcquireNamedLock('leader')
await db
  /*? Who has a lock at this moment | LOCK_FAILED */ .namedLockHolder('deploy')
for (const { key, waiters } of await db
  /*? performance_schema | METADATA_LOCK_INFO */ .listNamedLocks()) {
  console.log(/*? key: string */ key, waiters[0]?./*? whole milliseconds: a lower bound */ waitedMs)
}

/** Transactions of the instance itself. */
await db
  /*? which join it */ .transaction((trx) =>
    trx
      /*? joins this transaction */ .withNamedLock('a', () => 1),
  )
const trx = await db
  /*? by hand; locks can join it */ .transaction()
await trx
  /*? joins this transaction */ .withNamedLock('a', () => 1)

/** Errors. */
export function busyWith(error: unknown): string | undefined {
  if (!(/*? By its shape | @example */ isOrmutexError(error))) return undefined
  console.log(error./*? made again at once */ retryable)
  if (error./*? Always `LOCK_TIMEOUT` | Always `COMMIT_UNKNOWN` */ code !== 'LOCK_TIMEOUT') return undefined
  return error./*? `pool`: it was not even asked for */ reason === 'pool'
    ? 'pool'
    : error./*? Who has it; `null` */ holder?.user
}
