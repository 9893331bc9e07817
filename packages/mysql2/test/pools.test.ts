import assert from 'node:assert/strict'
import { sharedServer } from '@ormutex-test/servers'
import { type LockedConnection, type LockTimeoutError, namedLocks, type PoolLocks } from '@ormutex/mysql2'
import mysql from 'mysql2'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { FLAVOURS, openPool, withLocks } from './opened.js'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

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

      it('hands on a connection with what was set on it only where the pool would do so, too', async () => {
        for (const resetOnRelease of [false, true]) {
          await withLocks(
            flavour,
            async (locks) => {
              const sessions: string[] = []
              const calls = [1, 2].map(() =>
                locks.withNamedLock('a', async (connection, lock) => {
                  sessions.push(lock.sessionId)
                  const [rows] = await connection.query<RowDataPacket[]>('SELECT @set_by_a_callback AS was')
                  await connection.query('SET @set_by_a_callback = 1')
                  return rows[0]!['was'] as number | null
                }),
              )
              assert.deepEqual(await Promise.all(calls), [null, resetOnRelease ? null : 1])
              assert.equal(sessions[0], sessions[1])
            },
            { pool: { resetOnRelease, connectionLimit: 1 }, locks: { handOverMs: 10_000 } },
          )
        }
      })

      it('begins the next transaction anew when a callback has ended its own', async () => {
        const endings: Record<string, readonly string[]> = {
          nothing: [],
          commit: ['COMMIT'],
          rollback: ['ROLLBACK'],
          'a failed statement': ['SELECT nothing FROM nowhere'],
          'one of another kind': ['COMMIT', 'START TRANSACTION READ ONLY'],
        }
        for (const [what, statements] of Object.entries(endings)) {
          await withLocks(
            flavour,
            async (locks, pool) => {
              await pool.query('CREATE TABLE IF NOT EXISTS kinds (id INT PRIMARY KEY, value INT)')
              await pool.query('REPLACE INTO kinds VALUES (1, 0)')
              const first = locks.withNamedLock(
                'a',
                async (connection) => {
                  for (const statement of statements) await connection.query(statement).catch(() => {})
                },
                { isolationLevel: 'READ COMMITTED' },
              )
              const read = async (connection: LockedConnection): Promise<number> =>
                (await connection.query<RowDataPacket[]>('SELECT value FROM kinds WHERE id = 1'))[0][0]![
                  'value'
                ] as number
              const second = locks.withNamedLock(
                'a',
                async (connection) => {
                  const before = await read(connection)
                  await pool.query('UPDATE kinds SET value = value + 1 WHERE id = 1')
                  assert.equal(await read(connection), before + 1, what)
                  await connection.query('UPDATE kinds SET value = value + 1 WHERE id = 1')
                },
                { isolationLevel: 'READ COMMITTED' },
              )
              await Promise.all([first, second])
            },
            { locks: { handOverMs: 10_000 } },
          )
        }
      })

      it('lets nothing that a callback prepared reach the transaction of the next', async () => {
        await withLocks(
          flavour,
          async (locks, pool) => {
            await pool.query('CREATE TABLE IF NOT EXISTS kinds (id INT PRIMARY KEY, value INT)')
            await pool.query('REPLACE INTO kinds VALUES (1, 0)')
            const late: (() => unknown)[] = []
            const first = locks.withNamedLock('a', async (connection) => {
              const sql = 'UPDATE kinds SET value = 7 WHERE id = 1'
              const statement = await connection.prepare(sql)
              await statement.execute([])
              late.push(() => statement.execute([]))
              const back = (connection as unknown as { connection: { promise(): LockedConnection } }).connection
              late.push(() => back.promise().query(sql))
              await connection.query('UPDATE kinds SET value = 0 WHERE id = 1')
            })
            const second = locks.withNamedLock('a', async () => {
              for (const send of late) await assert.rejects(async () => send(), /comes too late/)
            })
            await Promise.all([first, second])
            const [rows] = await pool.query<RowDataPacket[]>('SELECT value FROM kinds')
            assert.equal(rows[0]!['value'], 0)
          },
          { locks: { handOverMs: 10_000 } },
        )
      })

      it('works whatever the application makes of rows and values', async () => {
        const odd = {
          rowsAsArray: true,
          namedPlaceholders: true,
          bigNumberStrings: true,
          supportBigNumbers: true,
          typeCast: () => 'odd',
        }
        await withLocks(
          flavour,
          async (locks) => {
            const lock = await locks.acquireNamedLock('a')
            assert.equal(typeof lock.token, 'bigint')
            assert.match(lock.sessionId, /^\d+$/)
            assert.equal((await locks.namedLockHolder('a'))?.sessionId, lock.sessionId)
            await lock.release()
            assert.equal(await locks.namedLockHolder('a'), null)
          },
          { pool: odd },
        )
      })

      it('begins the transaction as the call asks for', async () => {
        await withLocks(flavour, async (locks, pool) => {
          await pool.query('CREATE TABLE IF NOT EXISTS modes (id INT PRIMARY KEY) ENGINE = InnoDB')
          const writing = locks.withNamedLock('a', (connection) => connection.query('INSERT INTO modes VALUES (1)'), {
            readOnly: true,
          })
          await assert.rejects(writing, { errno: 1792 })
          await assert.rejects(
            locks.withNamedLock('a', () => 1, { isolationLevel: 'NONE; DROP TABLE modes' as never }),
            RangeError,
          )
          await assert.rejects(
            locks.withNamedLock('a', () => 1, { readOnly: 'yes' as never }),
            TypeError,
          )
          const read = async (level: 'READ COMMITTED' | 'REPEATABLE READ'): Promise<number> => {
            await pool.query('DELETE FROM modes')
            return locks.withNamedLock(
              'a',
              async (connection) => {
                await connection.query('SELECT * FROM modes')
                await pool.query('INSERT INTO modes VALUES (2)')
                return ((await connection.query('SELECT * FROM modes'))[0] as unknown[]).length
              },
              { isolationLevel: level },
            )
          }
          assert.equal(await read('READ COMMITTED'), 1)
          assert.equal(await read('REPEATABLE READ'), 0)
        })
      })

      it('does not let a callback give its connection, its lock or its transaction away', async () => {
        await withLocks(flavour, async (locks) => {
          await locks.withNamedLock('a', async (connection) => {
            assert.throws(() => connection.release(), /No release\(\) .* goes back to its pool by itself/)
            assert.throws(() => (connection.connection as unknown as LockedConnection).release(), /No release\(\)/)
            await assert.rejects(connection.reset(), /No reset\(\) .* would drop the lock and the transaction/)
            await assert.rejects(connection.changeUser({}), /No changeUser\(\)/)
            await assert.rejects(connection.beginTransaction(), /No beginTransaction\(\) .* would commit it/)
            await connection.query('SELECT 1')
          })
        })
      })

      it('does not let a connection be used when the callback has ended', async () => {
        await withLocks(flavour, async (locks) => {
          let kept: LockedConnection | undefined
          await locks.withNamedLock('a', (connection) => {
            kept = connection
          })
          await assert.rejects(kept!.query('SELECT 1'), /comes too late/)
          await assert.rejects(
            kept!.withNamedLock('a', () => 1),
            /comes too late/,
          )
          assert.throws(() => kept!.connection.query('SELECT 1'), /comes too late/)
        })
      })

      it('says LOCK_LOST, not COMMIT_UNKNOWN, when the callback destroys its connection at the end', async () => {
        await withLocks(flavour, async (locks) => {
          await assert.rejects(
            locks.withNamedLock('a', (connection) => connection.destroy()),
            { code: 'LOCK_LOST' },
          )
          assert.equal(await locks.withNamedLock('a', () => 1), 1)
        })
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

      it('joins the connection that a callback was given, and says what is wrong with any other', async () => {
        await withLocks(flavour, async (locks, pool) => {
          await locks.withNamedLock('a', async (connection) => {
            assert.equal(await locks.withNamedLock('b', () => 5, { connection }), 5)
            await assert.rejects(
              locks.tryWithNamedLock('b', () => 1),
              { code: 'LOCK_REENTRY' },
            )
            assert.equal((await locks.tryWithNamedLock('a', () => 6, { connection })).acquired, true)
          })
          for (const connection of [undefined, null]) {
            await assert.rejects(
              locks.withNamedLock('a', () => 1, { connection } as object),
              { code: 'LOCK_NO_TRANSACTION' },
            )
          }
          await withLocks(flavour, async (others) => {
            await others.withNamedLock('z', async (connection) => {
              await assert.rejects(
                locks.withNamedLock('a', () => 1, { connection }),
                { code: 'LOCK_UNSUPPORTED', message: /of this same pool/ },
              )
            })
          })
          const foreign = await pool.getConnection()
          await assert.rejects(
            locks.withNamedLock('a', () => 1, { connection: foreign } as object),
            { code: 'LOCK_UNSUPPORTED' },
          )
          foreign.release()
        })
      })

      it("does not leak a lock that is granted after a driver's own query timeout", async () => {
        const impatient = await openPool(flavour)
        impatient.pool.on('connection', (connection) => {
          const query = connection.query.bind(connection) as (options: object, callback: unknown) => unknown
          Object.assign(connection, {
            query: (statement: string | object, callback: unknown) =>
              query({ ...(typeof statement === 'string' ? { sql: statement } : statement), timeout: 150 }, callback),
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
          await sleep(100)
          assert.equal(await locks.namedLockHolder('a'), null)
          await (await theirs.acquireNamedLock('a')).release()
        })
        await impatient.end()
      })
    })
  }
})
