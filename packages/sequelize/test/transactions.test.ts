import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { QueryTypes, type Sequelize, Transaction } from 'sequelize'
import { COMBINATIONS, isFree, poolOf, titleOf, withSequelize } from './opened.js'

const NOTES = 'CREATE TABLE IF NOT EXISTS notes (id INT PRIMARY KEY, text VARCHAR(20)) ENGINE = InnoDB'

async function noteIds(sequelize: Sequelize): Promise<number[]> {
  const rows = await sequelize.query<{ id: number }>('SELECT id FROM notes ORDER BY id', { type: QueryTypes.SELECT })
  return rows.map(({ id }) => id)
}

for (const combination of COMBINATIONS) {
  describe(`transactions of Sequelize with ${titleOf(combination)}`, () => {
    const free = (name: string): Promise<boolean> => isFree(combination, name)

    it('are real Sequelize transactions inside the callback, with savepoints', async () => {
      await withSequelize(combination, async (sequelize) => {
        await sequelize.query(NOTES)
        await sequelize.query('DELETE FROM notes')
        await sequelize.withNamedLock('notes', async (transaction) => {
          assert.ok(transaction instanceof Transaction)
          await sequelize.query("INSERT INTO notes VALUES (1, 'kept')", { transaction })
          const rolledBack = sequelize.transaction({ transaction }, async (savepoint) => {
            await sequelize.query("INSERT INTO notes VALUES (2, 'rolled back')", { transaction: savepoint })
            throw new Error('only the savepoint')
          })
          await assert.rejects(rolledBack, /only the savepoint/)
          assert.equal(await free('notes'), false)
        })
        assert.deepEqual(await noteIds(sequelize), [1])
      })
    })

    const endings: readonly (readonly [how: string, end: (transaction: Transaction) => Promise<unknown>])[] = [
      ['commit()', (transaction) => transaction.commit()],
      ['rollback()', (transaction) => transaction.rollback()],
    ]
    for (const [how, end] of endings) {
      it(`free a joined lock at once when begun by hand and ended by ${how}`, async () => {
        await withSequelize(combination, async (sequelize) => {
          const transaction = await sequelize.transaction()
          await sequelize.withNamedLock('by hand', () => 'taken', { transaction })
          assert.equal(await free('by hand'), false)
          await end(transaction)
          assert.equal(await free('by hand'), true)
          assert.equal(poolOf(sequelize).using, 0)
        })
      })
    }

    for (const sql of ['COMMIT', 'rollback']) {
      it(`free a joined lock at once when ended by a ${sql} of the application's own`, async () => {
        await withSequelize(combination, async (sequelize) => {
          const transaction = await sequelize.transaction()
          await sequelize.withNamedLock('by hand', () => 'taken', { transaction })
          await sequelize.query(sql, { transaction })
          assert.equal(await free('by hand'), true)
          await transaction.rollback()
        })
      })
    }

    it('free a joined lock when a commit fails, and give up the connection', async () => {
      await withSequelize(combination, async (sequelize) => {
        await withSequelize(combination, async (other) => {
          await sequelize.query(NOTES)
          await sequelize.query('DELETE FROM notes')
          const transaction = await sequelize.transaction()
          const id = await sequelize.withNamedLock('failing', (_, lock) => lock.sessionId, { transaction })
          await sequelize.query("INSERT INTO notes VALUES (1, 'lost')", { transaction })
          // A COMMIT that the server never sees.
          const { connection } = transaction as unknown as { connection: { query: unknown } }
          Object.defineProperty(connection, 'query', { value: refusing(combination.dialect) })
          await assert.rejects(transaction.commit(), /made up/)
          for (let tries = 0; (await other.namedLockHolder('failing')) !== null; tries += 1) {
            assert.ok(tries < 100, 'still locked')
            await sleep(10)
          }
          assert.deepEqual(await noteIds(sequelize), [])
          assert.equal(poolOf(sequelize).using, 0)
          const ids = await other.query(`SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${id}`, {
            type: QueryTypes.SELECT,
          })
          assert.equal(ids.length, 0, 'the connection is still there')
        })
      })
    })

    it('keep a lock of a savepoint until the outermost one has ended, whatever becomes of the savepoint', async () => {
      await withSequelize(combination, async (sequelize) => {
        await sequelize.transaction(async (transaction) => {
          await sequelize.transaction({ transaction }, (savepoint) =>
            sequelize.withNamedLock('inner', () => 'taken', { transaction: savepoint }),
          )
          const undone = sequelize.transaction({ transaction }, (savepoint) =>
            sequelize.withNamedLock(
              'undone',
              () => {
                throw new Error('only the savepoint')
              },
              { transaction: savepoint },
            ),
          )
          await assert.rejects(undone, /only the savepoint/)
          const byHand = await sequelize.transaction({ transaction })
          await sequelize.withNamedLock('by hand', () => 'taken', { transaction: byHand })
          await byHand.rollback()
          for (const name of ['inner', 'undone', 'by hand']) assert.equal(await free(name), false, name)
        })
        for (const name of ['inner', 'undone', 'by hand']) assert.equal(await free(name), true, name)
      })
    })

    it('run afterCommit hooks of a lock once, in order, after the release and before the call resolves', async () => {
      await withSequelize(combination, async (sequelize) => {
        const ran: string[] = []
        await sequelize.withNamedLock('hooked', (transaction) => {
          transaction.afterCommit(async (given) => {
            assert.equal(given, transaction)
            ran.push(`first, ${(await free('hooked')) ? 'free' : 'locked'}, ${poolOf(sequelize).using} in use`)
          })
          transaction.afterCommit(() => void ran.push('second'))
          assert.throws(() => transaction.afterCommit(5 as never), /function, got 5/)
        })
        assert.deepEqual(ran, ['first, free, 0 in use', 'second'])
      })
    })

    it('run afterCommit hooks of a transaction that was joined after the release', async () => {
      await withSequelize(combination, async (sequelize) => {
        const ran: string[] = []
        await sequelize.transaction(async (transaction) => {
          transaction.afterCommit(async () => void ran.push((await free('joined')) ? 'free' : 'locked'))
          await sequelize.withNamedLock('joined', () => {}, { transaction })
        })
        assert.deepEqual(ran, ['free'])
      })
    })

    it('reject with the error of an afterCommit hook, with everything committed and no lock left', async () => {
      await withSequelize(combination, async (sequelize) => {
        await sequelize.query(NOTES)
        await sequelize.query('DELETE FROM notes')
        const thrown = new Error('of the hook')
        const begin = {
          'of a lock': (work: (transaction: Transaction) => Promise<unknown>) =>
            sequelize.withNamedLock('hooked', work),
          'that was joined': (work: (transaction: Transaction) => Promise<unknown>) =>
            sequelize.transaction((transaction) => sequelize.withNamedLock('hooked', work, { transaction })),
        }
        for (const [index, [what, run]] of Object.entries(begin).entries()) {
          const call = run(async (transaction) => {
            await sequelize.query(`INSERT INTO notes VALUES (${index}, 'kept')`, { transaction })
            transaction.afterCommit(() => {
              throw thrown
            })
          })
          await assert.rejects(call, (error) => error === thrown, what)
          assert.equal(await free('hooked'), true, what)
          assert.equal(poolOf(sequelize).using, 0, what)
        }
        assert.deepEqual(await noteIds(sequelize), [0, 1])
      })
    })

    it('run no afterCommit hook of a lock when nothing is committed', async () => {
      await withSequelize(combination, async (sequelize) => {
        let ran = false
        const rolledBack = sequelize.withNamedLock('hooked', (transaction) => {
          transaction.afterCommit(() => void (ran = true))
          throw new Error('rolled back')
        })
        await assert.rejects(rolledBack, /rolled back/)
        const lost = sequelize.withNamedLock('hooked', async (transaction, lock) => {
          transaction.afterCommit(() => void (ran = true))
          await sequelize.query(`KILL ${lock.sessionId}`)
          await new Promise(() => {})
        })
        await assert.rejects(lost, { code: 'LOCK_LOST' })
        assert.equal(ran, false)
      })
    })

    it('refuse a lock when they have not begun or have ended, and one of another instance', async () => {
      await withSequelize(combination, async (sequelize) => {
        const take = (transaction: Transaction): Promise<unknown> =>
          sequelize.withNamedLock('late', () => 1, { transaction })
        await assert.rejects(take(new Transaction(sequelize, {})), { code: 'LOCK_FAILED', message: /not begun/ })
        const transaction = await sequelize.transaction()
        const savepoint = await sequelize.transaction({ transaction })
        await savepoint.rollback()
        await assert.rejects(take(savepoint), { code: 'LOCK_FAILED', message: /already/ })
        await sequelize.withNamedLock('joined', () => {}, { transaction })
        await assert.rejects(take(savepoint), { code: 'LOCK_FAILED', message: /already/ })
        await transaction.commit()
        await assert.rejects(take(transaction), { code: 'LOCK_FAILED', message: /already/ })
        let kept: Transaction | undefined
        await sequelize.withNamedLock('first', (own) => void (kept = own))
        await assert.rejects(take(kept!), { code: 'LOCK_FAILED' })
        await withSequelize(combination, async (other) => {
          await other.transaction(async (foreign) => {
            await assert.rejects(take(foreign), { code: 'LOCK_UNSUPPORTED', message: /another Sequelize instance/ })
          })
        })
        await assert.rejects(take({} as Transaction), { name: 'TypeError', message: /transaction of Sequelize/ })
      })
    })

    it('say what to do when there is none although one was to be joined', async () => {
      await withSequelize(combination, async (sequelize) => {
        for (const transaction of [undefined, null]) {
          for (const call of ['withNamedLock', 'tryWithNamedLock'] as const) {
            const joining = sequelize[call]('a', () => assert.fail('ran'), { transaction })
            await assert.rejects(joining, { code: 'LOCK_NO_TRANSACTION', message: /Pass the transaction/ })
          }
        }
      })
    })

    it('refuse what only the beginning of a transaction could have heeded, when they are joined', async () => {
      await withSequelize(combination, async (sequelize) => {
        await sequelize.transaction(async (transaction) => {
          const isolationLevel = Transaction.ISOLATION_LEVELS.SERIALIZABLE
          const joining = sequelize.withNamedLock('a', () => assert.fail('ran'), { transaction, isolationLevel })
          await assert.rejects(joining, { name: 'TypeError', message: /isolationLevel is for a transaction/ })
        })
      })
    })

    it('that the callback ends by itself keep the lock until it has returned, and reject as Sequelize does', async () => {
      await withSequelize(combination, async (sequelize) => {
        for (const [, end] of endings) {
          const call = sequelize.withNamedLock('own end', async (transaction) => {
            await end(transaction)
            assert.equal(await free('own end'), false)
          })
          await assert.rejects(call, /cannot be committed because it has been finished/)
          assert.equal(await free('own end'), true)
          assert.equal(poolOf(sequelize).using, 0)
        }
      })
    })

    it('that are ended without waiting for it keep their connection and their lock until that is through', async () => {
      await withSequelize(combination, async (sequelize) => {
        const sent: string[] = []
        sequelize.addHook('beforeQuery', async (options) => {
          if ((options as { completesTransaction?: boolean }).completesTransaction === true) await sleep(50)
        })
        sequelize.addHook('afterQuery', ((_: unknown, { sql }: { sql: string }) => {
          if (/^ROLLBACK|RELEASE_LOCK/.test(sql)) sent.push(sql.slice(0, 8))
        }) as never)
        const call = sequelize.withNamedLock('impatient', (transaction) => {
          void transaction.rollback()
          throw new Error('of the callback')
        })
        await assert.rejects(call, /of the callback/)
        assert.deepEqual(sent, ['ROLLBACK', 'SELECT R'])
        assert.equal(poolOf(sequelize).using, 0)
        // Whoever gets the connection next is not ended by it.
        await sequelize.transaction(() => sleep(100))
        assert.equal(poolOf(sequelize).using, 0)
      })
    })

    it('say LOCK_LOST, not COMMIT_UNKNOWN, when the callback destroys their connection at the end', async () => {
      await withSequelize(combination, async (sequelize) => {
        const call = sequelize.withNamedLock('destroyed', (transaction) => {
          const { connection } = transaction as unknown as { connection: { destroy(): void } }
          connection.destroy()
        })
        await assert.rejects(call, { code: 'LOCK_LOST' })
        assert.equal(poolOf(sequelize).using, 0)
        assert.equal(await sequelize.withNamedLock('destroyed', () => 1), 1)
      })
    })

    it('begun on the Sequelize of a transaction are none on its connection', async () => {
      await withSequelize(combination, async (sequelize) => {
        await sequelize.query(NOTES)
        await sequelize.query('DELETE FROM notes')
        const thrown = new Error('rolled back')
        const call = sequelize.withNamedLock('outer', async (outer) => {
          await sequelize.query("INSERT INTO notes VALUES (1, 'rolled back')", { transaction: outer })
          const { sequelize: itsOwn } = outer as unknown as { sequelize: Sequelize }
          await itsOwn.transaction(async (transaction) => {
            await sequelize.query("INSERT INTO notes VALUES (2, 'kept')", { transaction })
          })
          throw thrown
        })
        await assert.rejects(call, (error) => error === thrown)
        assert.deepEqual(await noteIds(sequelize), [2])
      })
    })

    it('that Sequelize rolls back for a row deadlock keep the lock of a callback, and free one that joined', async () => {
      await withSequelize(combination, async (sequelize) => {
        await sequelize.query(NOTES)
        await sequelize.query("REPLACE INTO notes VALUES (1, 'a'), (2, 'b')")
        let arrived = 0
        let meet: () => void
        const met = new Promise<void>((resolve) => (meet = resolve))
        const cross = async (transaction: Transaction, ids: readonly number[], lock: string): Promise<void> => {
          for (const [index, id] of ids.entries()) {
            const updating = sequelize.query(`UPDATE notes SET text = '${lock}' WHERE id = ${id}`, { transaction })
            await updating.catch(async (error: { original?: { errno?: number } }) => {
              assert.equal(error.original?.errno, 1213)
              assert.equal(await free(lock), lock === 'joined')
              throw error
            })
            if (index > 0) continue
            if ((arrived += 1) === 2) meet()
            await met
          }
        }
        const outcomes = await Promise.allSettled([
          sequelize.withNamedLock('own', (transaction) => cross(transaction, [1, 2], 'own')),
          sequelize.transaction(async (transaction) => {
            await sequelize.withNamedLock('joined', () => {}, { transaction })
            await cross(transaction, [2, 1], 'joined')
          }),
        ])
        const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
        assert.equal(failed.length, 1)
        assert.equal((failed[0]!.reason as { original?: { errno?: number } }).original?.errno, 1213)
        for (const name of ['own', 'joined']) assert.equal(await free(name), true, name)
        assert.equal(poolOf(sequelize).using, 0)
      })
    })

    it('survive LOCK_DEADLOCK in a lock that joins them', async () => {
      await withSequelize(combination, async (sequelize) => {
        let arrived = 0
        let meet: () => void
        const met = new Promise<void>((resolve) => (meet = resolve))
        await sequelize.query(NOTES)
        await sequelize.query('DELETE FROM notes')
        const take = (id: number, first: string, second: string): Promise<string> =>
          sequelize.transaction(async (transaction) => {
            await sequelize.withNamedLock(first, () => {}, { transaction })
            await sequelize.query(`INSERT INTO notes VALUES (${id}, 'kept')`, { transaction })
            if ((arrived += 1) === 2) meet()
            await met
            try {
              await sequelize.withNamedLock(second, () => {}, { transaction })
              return 'both'
            } catch (error) {
              assert.equal((error as { code: string }).code, 'LOCK_DEADLOCK')
              // Sequelize rolls back for error 1213 of the application's own statements; this transaction goes on.
              const options = { transaction, type: QueryTypes.SELECT } as const
              const rows = await sequelize.query<{ five: number }>('SELECT 5 AS five', options)
              return `goes on: ${rows[0]?.five}`
            }
          })
        const outcomes = await Promise.all([take(1, 'one', 'two'), take(2, 'two', 'one')])
        assert.deepEqual(outcomes.toSorted(), ['both', 'goes on: 5'])
        assert.deepEqual(await noteIds(sequelize), [1, 2])
      })
    })

    it('leave no lock behind when Sequelize gives their connection back without ending them', async () => {
      await withSequelize(combination, async (sequelize) => {
        const transaction = await sequelize.transaction()
        await sequelize.withNamedLock('cleaned up', () => {}, { transaction })
        const internals = transaction as unknown as { cleanup(): void }
        internals.cleanup()
        for (let tries = 0; poolOf(sequelize).using > 0; tries += 1) {
          assert.ok(tries < 100, 'not given back')
          await sleep(10)
        }
        assert.equal(await free('cleaned up'), true)
      })
    })

    it('that lost a joined lock say so, not that the ROLLBACK could not be sent', async () => {
      await withSequelize(combination, async (sequelize) => {
        await withSequelize(combination, async (other) => {
          // As Sequelize's manual has it for transactions by hand.
          const byHand = async (): Promise<void> => {
            const transaction = await sequelize.transaction()
            try {
              await sequelize.withNamedLock(
                'lost',
                async (_, lock) => {
                  await other.query(`KILL ${lock.sessionId}`)
                  await new Promise(() => {})
                },
                { transaction },
              )
              await transaction.commit()
            } catch (error) {
              await transaction.rollback()
              throw error
            }
          }
          await assert.rejects(byHand(), { code: 'LOCK_LOST' })
          assert.equal(poolOf(sequelize).using, 0)
          assert.equal(await sequelize.withNamedLock('lost', () => 1), 1)
        })
      })
    })

    it('leave no lock that was asked for in them and never waited for', async () => {
      await withSequelize(combination, async (sequelize) => {
        await withSequelize(combination, async (other) => {
          const busy = await other.acquireNamedLock('busy')
          const outcomes: Promise<unknown>[] = []
          const forgetful = async (transaction: Transaction): Promise<string> => {
            for (const names of [['a', 'busy'], 'c']) {
              const asking = sequelize.withNamedLock(names, () => 'late', { transaction, timeoutMs: Infinity })
              outcomes.push(asking.catch((error: { code: string }) => error.code))
            }
            await sleep(20)
            return 'result'
          }
          assert.equal(await sequelize.withNamedLock('outer', forgetful), 'result')
          assert.equal(await sequelize.transaction(forgetful), 'result')
          assert.deepEqual(new Set(await Promise.all(outcomes)), new Set(['LOCK_FAILED']))
          await busy.release()
          for (const name of ['a', 'c', 'busy', 'outer']) assert.equal(await other.namedLockHolder(name), null, name)
        })
      })
    })
  })
}

/** A connection's `query` that answers with an error and sends nothing. */
function refusing(dialect: 'mysql' | 'mariadb'): unknown {
  const error = Object.assign(new Error('made up'), { errno: 1180, code: 'ER_ERROR_DURING_COMMIT' })
  if (dialect === 'mariadb') return () => Promise.reject(error)
  return (_: unknown, callback: (error: unknown) => void) => {
    setImmediate(callback, error)
    return { setMaxListeners: () => {} }
  }
}
