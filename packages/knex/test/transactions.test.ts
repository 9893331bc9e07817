import assert from 'node:assert/strict'
import type { LockingTransaction } from '@ormutex/knex'
import type { Knex } from 'knex'
import { FLAVOURS, withKnex } from './opened.js'

/** Whether a lock can be had at this moment. */
async function isFree(flavour: (typeof FLAVOURS)[number], name: string): Promise<boolean> {
  let free = false
  await withKnex(flavour, async (db) => {
    free = (await db.tryWithNamedLock(name, () => true)).acquired
  })
  return free
}

for (const flavour of FLAVOURS) {
  describe(`Knex transactions on ${flavour}`, () => {
    it('are real Knex transactions inside the callback, with savepoints', async () => {
      await withKnex(flavour, async (db) => {
        await db.raw('CREATE TABLE IF NOT EXISTS notes (id INT PRIMARY KEY, text VARCHAR(20)) ENGINE = InnoDB')
        await db('notes').delete()
        await db.withNamedLock('notes', async (trx: Knex.Transaction) => {
          assert.equal(trx.isTransaction, true)
          await trx('notes').insert({ id: 1, text: 'kept' })
          const rolledBack = trx.transaction(async (savepoint) => {
            await savepoint('notes').insert({ id: 2, text: 'rolled back' })
            throw new Error('only the savepoint')
          })
          await assert.rejects(rolledBack, /only the savepoint/)
          assert.equal(await isFree(flavour, 'notes'), false)
        })
        assert.deepEqual(await db('notes').pluck('id'), [1])
      })
    })

    it('keep a lock of a savepoint until the outermost one has committed, and no longer', async () => {
      await withKnex(flavour, async (db) => {
        await db.transaction(async (trx) => {
          await trx.transaction((savepoint) => savepoint.withNamedLock('inner', () => 'taken'))
          await assert.rejects(
            trx.transaction((savepoint) =>
              savepoint.withNamedLock('undone', () => {
                throw new Error('only the savepoint')
              }),
            ),
          )
          assert.equal(await isFree(flavour, 'inner'), false)
          assert.equal(await isFree(flavour, 'undone'), false)
        })
        assert.equal((await db.tryWithNamedLock('inner', () => 1)).acquired, true)
        assert.equal((await db.tryWithNamedLock('undone', () => 1)).acquired, true)
      })
    })

    const endings: readonly (readonly [how: string, end: (trx: LockingTransaction) => unknown])[] = [
      ['commit()', (trx) => trx.commit()],
      ['rollback()', (trx) => trx.rollback()],
      ['rollback(error)', (trx) => trx.rollback(new Error('enough'))],
      ['a COMMIT of its own', (trx) => trx.raw('COMMIT')],
      ['a ROLLBACK of its own', (trx) => trx.raw('rollback')],
    ]
    for (const [how, end] of endings) {
      it(`free a joined lock at once when begun by hand and ended by ${how}`, async () => {
        await withKnex(flavour, async (db) => {
          const trx = await db.transaction()
          trx.executionPromise.catch(() => {})
          await trx.withNamedLock('by hand', () => 'taken')
          assert.equal(await isFree(flavour, 'by hand'), false)
          await end(trx)
          assert.equal(await isFree(flavour, 'by hand'), true)
          if (!trx.isCompleted()) await trx.rollback()
        })
      })
    }

    it('of a provider can take locks, too', async () => {
      await withKnex(flavour, async (db) => {
        const provide = db.transactionProvider()
        const trx = (await provide()) as LockingTransaction
        assert.equal(await trx.withNamedLock('provided', () => 5), 5)
        await trx.commit()
        assert.equal(await isFree(flavour, 'provided'), true)
      })
    })

    it('refuse a lock when they have ended', async () => {
      await withKnex(flavour, async (db) => {
        const trx = await db.transaction()
        await trx.commit()
        await assert.rejects(
          trx.withNamedLock('late', () => 1),
          { code: 'LOCK_FAILED', message: /already/ },
        )
        let kept: LockingTransaction | undefined
        await db.withNamedLock('first', (own) => {
          kept = own
        })
        let ran = false
        const late = kept!.withNamedLock('first', () => {
          ran = true
        })
        await assert.rejects(late, { code: 'LOCK_FAILED' })
        assert.equal(ran, false)
      })
    })

    it('that the callback ends by itself keep the lock until the callback has returned', async () => {
      await withKnex(flavour, async (db) => {
        const result = await db.withNamedLock('own end', async (trx) => {
          await trx.commit()
          assert.equal(await isFree(flavour, 'own end'), false)
          return 'done'
        })
        assert.equal(result, 'done')
        assert.equal(await isFree(flavour, 'own end'), true)
      })
    })

    it('have the isolation level and the access mode that the call asks for, in words of Knex', async () => {
      await withKnex(flavour, async (db) => {
        await db.raw('CREATE TABLE IF NOT EXISTS notes (id INT PRIMARY KEY, text VARCHAR(20)) ENGINE = InnoDB')
        const statements: string[] = []
        db.on('query', ({ sql }: { sql: string }) => statements.push(sql))
        await db.withNamedLock('level', (trx) => trx('notes').select(), { isolationLevel: 'read committed' })
        assert.ok(statements.includes('SET TRANSACTION ISOLATION LEVEL read committed;'))
        const writing = db.withNamedLock('mode', (trx) => trx('notes').insert({ id: 9 }), { readOnly: true })
        await assert.rejects(writing, { errno: 1792 })
        const before = statements.length
        const wrong = { isolationLevel: 'snapshot' as 'serializable' }
        await assert.rejects(
          db.withNamedLock('level', () => 1, wrong),
          RangeError,
        )
        assert.equal(statements.length, before)
      })
    })

    it('in a copy with user parameters share the locks of the original', async () => {
      await withKnex(flavour, async (db) => {
        const copy = db.withUserParams({ tenant: 7 }) as typeof db
        const nested = db.withNamedLock('shared', () => copy.transaction((trx) => trx.withNamedLock('shared', () => 1)))
        await assert.rejects(nested, { code: 'LOCK_REENTRY' })
        assert.equal(await copy.transaction((trx) => trx.withNamedLock('shared', () => 7)), 7)
      })
    })

    for (const begun of ['by a lock', 'by the caller']) {
      it(`begun ${begun} leave no lock that was asked for in them and never waited for`, async () => {
        await withKnex(flavour, async (db) => {
          await withKnex(flavour, async (other) => {
            const busy = await other.acquireNamedLock('busy')
            const outcomes: Promise<unknown>[] = []
            const forgetful = async (trx: LockingTransaction): Promise<string> => {
              // In their order: the first of each is granted, the other is not.
              for (const names of [['a', 'busy'], ['b', 'busy'], 'c']) {
                outcomes.push(trx.withNamedLock(names, () => 'late').catch((error: { code: string }) => error.code))
              }
              return 'result'
            }
            const run = begun === 'by a lock' ? db.withNamedLock('outer', forgetful) : db.transaction(forgetful)
            assert.equal(await run, 'result')
            assert.deepEqual(await Promise.all(outcomes), ['LOCK_FAILED', 'LOCK_FAILED', 'LOCK_FAILED'])
            await busy.release()
            for (const name of ['a', 'b', 'c', 'busy', 'outer']) {
              assert.equal(await other.namedLockHolder(name), null, name)
            }
            assert.equal(await db.withNamedLock('a', () => 1), 1)
          })
        })
      })
    }

    for (const begun of ['by a lock', 'by the caller']) {
      it(`begun ${begun} end although a lock in them is still asked for, for ever, and nobody waits for it`, async () => {
        await withKnex(flavour, async (db) => {
          await withKnex(flavour, async (other) => {
            const busy = await other.acquireNamedLock('busy')
            let ran = false
            const forgetful = async (trx: LockingTransaction): Promise<string> => {
              trx.withNamedLock('busy', () => (ran = true), { timeoutMs: Infinity }).catch(() => {})
              await new Promise((resolve) => setTimeout(resolve, 30))
              return 'result'
            }
            const startedAt = performance.now()
            assert.equal(
              await (begun === 'by a lock' ? db.withNamedLock('outer', forgetful) : db.transaction(forgetful)),
              'result',
            )
            assert.ok(performance.now() - startedAt < 1_000)
            await busy.release()
            assert.equal(await isFree(flavour, 'busy'), true)
            assert.equal(ran, false)
          })
        })
      })
    }

    it('outlive a lock that they were refused, bounded as it was to be', async () => {
      await withKnex(flavour, async (db) => {
        await withKnex(flavour, async (other) => {
          const taken = await other.acquireNamedLock('taken')
          const seven = await db.transaction(async (trx) => {
            assert.equal((await trx.tryWithNamedLock('taken', () => 1, { orphanTimeoutMs: 1_000 })).acquired, false)
            await new Promise((resolve) => setTimeout(resolve, 2_300))
            return ((await trx.raw('SELECT 7 AS seven')) as [[{ seven: number }]])[0][0].seven
          })
          assert.equal(seven, 7)
          await taken.release()
        })
      })
    })

    it('survive a wait that was given up behind a slow statement of their own', async () => {
      await withKnex(flavour, async (db) => {
        await withKnex(flavour, async (other) => {
          const taken = await other.acquireNamedLock('taken')
          // What is asked once of a server is not what waits here.
          await db.withNamedLock('warm', () => 1)
          const seven = await db.transaction(async (trx) => {
            const slow = trx.raw('SELECT SLEEP(2.5)').then((rows) => rows)
            await assert.rejects(
              trx.withNamedLock('taken', () => assert.fail('ran'), { timeoutMs: 100 }),
              { code: 'LOCK_TIMEOUT' },
            )
            const signal = AbortSignal.timeout(10)
            await assert.rejects(
              trx.withNamedLock('taken', () => assert.fail('ran'), { signal }),
              { name: 'TimeoutError' },
            )
            await slow
            return ((await trx.raw('SELECT 7 AS seven')) as [[{ seven: number }]])[0][0].seven
          })
          assert.equal(seven, 7)
          await taken.release()
          assert.equal(await other.namedLockHolder('taken'), null)
        })
      })
    }).timeout(20_000)

    it('refuse a lock that they have, once their end is under way', async () => {
      await withKnex(flavour, async (db) => {
        const trx = await db.transaction()
        await trx.withNamedLock('a', () => {})
        const committing = trx.commit()
        await assert.rejects(
          trx.withNamedLock('a', () => assert.fail('ran')),
          { code: 'LOCK_FAILED' },
        )
        await committing
        assert.equal(await isFree(flavour, 'a'), true)
      })
    })

    it('reject with what was wrong, not with the ROLLBACK that could not be sent', async () => {
      await withKnex(flavour, async (db) => {
        await withKnex(flavour, async (other) => {
          const lost = db.transaction((trx) =>
            trx.withNamedLock('lost', async (_, lock) => {
              await other.raw(`KILL ${Number(lock.sessionId)}`)
              await new Promise(() => {})
            }),
          )
          await assert.rejects(lost, { code: 'LOCK_LOST' })
          const held = db.transaction((trx) =>
            trx.withNamedLock('held', () => new Promise(() => {}), { holdTimeoutMs: 50 }),
          )
          await assert.rejects(held, { code: 'HOLD_TIMEOUT' })
          assert.equal(await db.withNamedLock('held', () => 1), 1)
        })
      })
    })

    it('refuse a name that the callback around them holds in another transaction', async () => {
      await withKnex(flavour, async (db) => {
        const nested = db.withNamedLock('a', () => db.transaction((trx) => trx.withNamedLock('a', () => 1)))
        await assert.rejects(nested, { code: 'LOCK_REENTRY' })
        const sibling = db.transaction((outer) =>
          outer.withNamedLock('a', () => db.transaction((inner) => inner.withNamedLock('a', () => 1))),
        )
        await assert.rejects(sibling, { code: 'LOCK_REENTRY' })
      })
    })

    it('run siblings one after the other, also inside a callback that has the lock', async () => {
      await withKnex(flavour, async (db) => {
        let inside = 0
        const alone = async (): Promise<void> => {
          inside += 1
          assert.equal(inside, 1)
          await new Promise((resolve) => setTimeout(resolve, 10))
          inside -= 1
        }
        await db.withNamedLock('a', (trx) =>
          trx.withNamedLock('b', () => Promise.all([trx.withNamedLock('b', alone), trx.withNamedLock('b', alone)])),
        )
      })
    })

    it('tell of the locks that joined them', async () => {
      await withKnex(flavour, async (db) => {
        await db.transaction(async (trx) => {
          await trx.withNamedLock('joined', () => {})
          await new Promise((resolve) => setTimeout(resolve, 30))
          const entry = (await db.listNamedLocks()).find(({ name }) => name === 'joined')
          assert.ok((entry?.holder?.heldMs ?? 0) >= 25)
          assert.ok(((await db.namedLockHolder('joined'))?.heldMs ?? 0) >= 25)
        })
        assert.equal(
          (await db.listNamedLocks()).find(({ name }) => name === 'joined'),
          undefined,
        )
      })
    })

    it('roll back a lock that was left by an aborted wait, and go on', async () => {
      await withKnex(flavour, async (db) => {
        const held = await db.acquireNamedLock('busy')
        const controller = new AbortController()
        setTimeout(() => controller.abort(new Error('not any more')), 50)
        const answer = await db.transaction(async (trx) => {
          await assert.rejects(
            trx.withNamedLock('busy', () => 1, { signal: controller.signal }),
            /not any more/,
          )
          const [[row]] = (await trx.raw('SELECT 5 AS five')) as [[{ five: number }]]
          return row.five
        })
        assert.equal(answer, 5)
        await held.release()
        assert.equal(await isFree(flavour, 'busy'), true)
      })
    })
  })
}
