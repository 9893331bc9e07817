import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@ormutex-test/servers'
import { QueryTypes, type Transaction } from 'sequelize'
import { emptyNotes, noteIds } from './notes.js'
import { COMBINATIONS, isFree, LONGEST_WAIT_MS, poolOf, titleOf, withSequelize } from './opened.js'

for (const combination of COMBINATIONS) {
  describe(`the ends of transactions of Sequelize with ${titleOf(combination)}`, () => {
    const free = (name: string): Promise<boolean> => isFree(combination, name)

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
          await emptyNotes(sequelize)
          const transaction = await sequelize.transaction()
          const id = await sequelize.withNamedLock('failing', (_, lock) => lock.sessionId, { transaction })
          await sequelize.query("INSERT INTO notes VALUES (1, 'lost')", { transaction })
          // A COMMIT that the server never sees.
          const { connection } = transaction as unknown as { connection: { query: unknown } }
          Object.defineProperty(connection, 'query', { value: refusing(combination.dialect) })
          await assert.rejects(transaction.commit(), /made up/)
          await until(
            'nobody has the lock',
            async () => (await other.namedLockHolder('failing')) === null,
            LONGEST_WAIT_MS,
          )
          assert.deepEqual(await noteIds(sequelize), [])
          assert.equal(poolOf(sequelize).using, 0)
          // A server takes back the locks of a connection a moment before it stops showing it.
          const sessions = `SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${id}`
          await until(
            'the connection is gone',
            async () => (await other.query(sessions, { type: QueryTypes.SELECT })).length === 0,
            LONGEST_WAIT_MS,
          )
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

    it('that Sequelize rolls back for a row deadlock keep the lock of a callback, and free one that joined', async () => {
      await withSequelize(combination, async (sequelize) => {
        await emptyNotes(sequelize)
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

    it('leave no lock behind when Sequelize gives their connection back without ending them', async () => {
      await withSequelize(combination, async (sequelize) => {
        const transaction = await sequelize.transaction()
        await sequelize.withNamedLock('cleaned up', () => {}, { transaction })
        const internals = transaction as unknown as { cleanup(): void }
        internals.cleanup()
        await until('the connection is given back', () => poolOf(sequelize).using === 0, LONGEST_WAIT_MS)
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
