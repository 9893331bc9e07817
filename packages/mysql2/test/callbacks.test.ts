import assert from 'node:assert/strict'
import type { LockedConnection } from '@ormutex/mysql2'
import type { RowDataPacket } from 'mysql2/promise'
import { FLAVOURS, withLocks } from './opened.js'

describe('a callback of a lock on a mysql2 pool', () => {
  for (const flavour of FLAVOURS) {
    describe(`on ${flavour}`, () => {
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
    })
  }
})
