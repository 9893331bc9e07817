import assert from 'node:assert/strict'
import { sharedServer, until } from '@ormutex-test/servers'
import { type LockTimeoutError, namedLocks, type PoolLocks } from '@ormutex/mysql2'
import mysql from 'mysql2'
import { createConnection } from 'mysql2/promise'
import { FLAVOURS, openPool, withLocks } from './opened.js'

/** A driver's own limit, in milliseconds: time enough for a statement that does not wait. */
const QUERY_TIMEOUT_MS = 500

/** What each of so many waits at until the last one has come. */
function barrier(many: number): () => Promise<void> {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  let came = 0
  return () => {
    came += 1
    if (came === many) open()
    return opened
  }
}

describe('namedLocks(pool)', () => {
  it('refuses what is no pool, and a pool that has named locks', async () => {
    for (const wrong of [undefined, null, {}, 'mysql://', mysql.createPoolCluster()]) {
      assert.throws(
        () => namedLocks(wrong as never),
        (error: Error) => error instanceof TypeError && /needs a mysql2 pool/.test(error.message),
      )
    }
    const { host, port, user, password } = await sharedServer('mysql')
    const connection = await createConnection({ host, port, user, password })
    assert.throws(() => namedLocks(connection as never), /needs a mysql2 pool/)
    await connection.end()
    await withLocks('mysql', async (_, pool) => {
      assert.throws(() => namedLocks(pool), /already has named locks/)
      assert.throws(() => namedLocks(pool.pool), /already has named locks/)
    })
  })

  for (const flavour of FLAVOURS) {
    describe(`on ${flavour}`, () => {
      it('takes a pool of the callback kind, too', async () => {
        const { host, port, user, password, database } = await sharedServer(flavour)
        const pool = mysql.createPool({ host, port, user, password, database })
        const locks = namedLocks(pool)
        const rows = await locks.withNamedLock(
          'a',
          async (connection) => (await connection.query('SELECT 7 AS seven'))[0],
        )
        assert.deepEqual(rows, [{ seven: 7 }])
        await pool.promise().end()
      })

      it("says that it was the pool, when mysql2's own limit of waiting calls is reached", async () => {
        for (const limit of [{ waitForConnections: false }, { queueLimit: 1 }]) {
          const busy = async (locks: PoolLocks): Promise<void> => {
            await locks.withNamedLock('a', async () => {
              const asking = [1, 2].map((number) => locks.acquireNamedLock(`b${number}`, { timeoutMs: 200 }))
              for (const outcome of await Promise.allSettled(asking)) {
                const { code, reason } = (outcome as PromiseRejectedResult).reason as LockTimeoutError
                assert.deepEqual([code, reason], ['LOCK_TIMEOUT', 'pool'])
              }
            })
          }
          await withLocks(flavour, busy, { pool: { connectionLimit: 1, ...limit } })
        }
      })

      it('ends calls without a deadline that wait for a connection which none of them gives back', async function () {
        this.timeout(40_000)
        const calls: Record<string, (locks: PoolLocks) => Promise<unknown>> = {
          tryWithNamedLock: (locks) => locks.tryWithNamedLock('x', () => 1),
          tryAcquireNamedLock: (locks) => locks.tryAcquireNamedLock('y'),
          namedLockHolder: (locks) => locks.namedLockHolder('z'),
          listNamedLocks: (locks) => locks.listNamedLocks(),
          withNamedLock: (locks) => locks.withNamedLock('z', () => 1, { timeoutMs: 0 }),
        }
        await withLocks(
          flavour,
          async (locks) => {
            const { length } = Object.keys(calls)
            const inside = barrier(length)
            const asked = barrier(length)
            const callbacks = Object.entries(calls).map(([what, call]) =>
              locks.withNamedLock(what, async () => {
                await inside()
                await assert.rejects(call(locks), {
                  code: 'LOCK_TIMEOUT',
                  reason: 'pool',
                  message: /the pool of 5 gave no connection within 15\.\d s\. The callback that asks for it occupies/,
                })
                await asked()
              }),
            )
            await Promise.all(callbacks)
            assert.equal(await locks.namedLockHolder('z'), null)
          },
          { pool: { connectionLimit: 5 }, locks: { defaults: { timeoutMs: 200 } } }, // which is not theirs
        )
      })

      it("does not leak a lock that is granted after a driver's own query timeout", async () => {
        const impatient = await openPool(flavour)
        impatient.pool.on('connection', (connection) => {
          const query = connection.query.bind(connection) as (options: object, callback: unknown) => unknown
          Object.assign(connection, {
            query: (statement: string | object, callback: unknown) =>
              query(
                { ...(typeof statement === 'string' ? { sql: statement } : statement), timeout: QUERY_TIMEOUT_MS },
                callback,
              ),
          })
        })
        const theirs = namedLocks(impatient)
        await withLocks(flavour, async (locks) => {
          const held = await locks.acquireNamedLock('a')
          const cause = { code: 'PROTOCOL_SEQUENCE_TIMEOUT' }
          await assert.rejects(
            theirs.acquireNamedLock('a', { timeoutMs: 5_000 }),
            (error: Error & { code: string }) => {
              assert.equal(error.code, 'LOCK_FAILED')
              assert.equal((error.cause as { code: string }).code, cause.code)
              return true
            },
          )
          await held.release()
          await until('nobody has the lock', async () => (await locks.namedLockHolder('a')) === null, 5_000)
          await (await theirs.acquireNamedLock('a')).release()
        })
        await impatient.end()
      })
    })
  }
})
