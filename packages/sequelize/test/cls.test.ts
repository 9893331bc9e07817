import assert from 'node:assert/strict'
import { namedLocks } from '@ormutex/sequelize'
import { createNamespace, destroyNamespace, type Namespace } from 'cls-hooked'
import { QueryTypes, Sequelize, Transaction } from 'sequelize'
import { COMBINATIONS, isFree, openPlain, poolOf, titleOf, withSequelize } from './opened.js'

const NAMESPACE = 'ormutex-test'

/** The id of the connection that a query without a transaction of its own runs on. */
async function connectionId(sequelize: Sequelize): Promise<string> {
  const rows = await sequelize.query<{ id: number }>('SELECT CONNECTION_ID() AS id', { type: QueryTypes.SELECT })
  return String(rows[0]?.id)
}

describe('CLS', () => {
  let namespace: Namespace
  before(() => {
    namespace = createNamespace(NAMESPACE)
    Sequelize.useCLS(namespace)
  })
  after(() => {
    // There is no way back in public; without it every test after this one would run with CLS.
    Object.assign(Sequelize, { _cls: undefined })
    destroyNamespace(NAMESPACE)
  })

  for (const combination of COMBINATIONS) {
    describe(`in Sequelize with ${titleOf(combination)}`, () => {
      it('has every query in the callback join the transaction of the lock', async () => {
        await withSequelize(combination, async (sequelize) => {
          await sequelize.query('CREATE TABLE IF NOT EXISTS cls_notes (id INT PRIMARY KEY) ENGINE = InnoDB')
          await sequelize.query('DELETE FROM cls_notes')
          const call = sequelize.withNamedLock('a', async (transaction, lock) => {
            assert.equal(namespace.get('transaction'), transaction)
            await new Promise((resolve) => setTimeout(resolve, 5))
            assert.equal(await connectionId(sequelize), lock.sessionId)
            await sequelize.query('INSERT INTO cls_notes VALUES (1)')
            throw new Error('rolled back')
          })
          await assert.rejects(call, /rolled back/)
          assert.deepEqual(await sequelize.query('SELECT id FROM cls_notes', { type: QueryTypes.SELECT }), [])
          assert.ok(!namespace.get('transaction'))
        })
      })

      it('has a nested lock join it, also when it is the same', async () => {
        await withSequelize(combination, async (sequelize) => {
          await sequelize.withNamedLock('outer', async (outer, { sessionId }) => {
            await sequelize.withNamedLock('inner', (inner, lock) => {
              assert.equal(inner, outer)
              assert.equal(lock.sessionId, sessionId)
            })
            const again = await sequelize.tryWithNamedLock('outer', (_, lock) => lock.sessionId)
            assert.deepEqual(again, { acquired: true, value: sessionId })
            assert.equal(poolOf(sequelize).using, 1)
            assert.equal(await isFree(combination, 'inner'), false)
          })
          assert.equal(await isFree(combination, 'inner'), true)
        })
      })

      it('has a lock join a managed transaction that is there, until that has ended', async () => {
        await withSequelize(combination, async (sequelize) => {
          await sequelize.transaction(async (transaction) => {
            await sequelize.withNamedLock('joined', async (given, lock) => {
              assert.equal(given, transaction)
              assert.equal(await connectionId(sequelize), lock.sessionId)
            })
            assert.equal(await isFree(combination, 'joined'), false)
          })
          assert.equal(await isFree(combination, 'joined'), true)
        })
      })

      it('has queries in the callback join a transaction that was given, for as long as the callback runs', async () => {
        await withSequelize(combination, async (sequelize) => {
          const transaction = await sequelize.transaction()
          await sequelize.withNamedLock(
            'given',
            async (_, lock) => {
              assert.equal(await connectionId(sequelize), lock.sessionId)
              const nested = await sequelize.withNamedLock('nested', (given) => given)
              assert.equal(nested, transaction)
            },
            { transaction },
          )
          assert.ok(!namespace.get('transaction'))
          await transaction.commit()
        })
      })

      for (const lost of ['LOCK_LOST', 'HOLD_TIMEOUT'] as const) {
        it(`lets nothing of a callback commit on its own that runs on after ${lost} of a lock that joined`, async () => {
          await withSequelize(combination, async (sequelize) => {
            await sequelize.query('CREATE TABLE IF NOT EXISTS cls_notes (id INT PRIMARY KEY) ENGINE = InnoDB')
            await sequelize.query('DELETE FROM cls_notes')
            let late: Promise<unknown> | undefined
            let ended: () => void
            const over = new Promise<void>((resolve) => (ended = resolve))
            const call = sequelize.transaction(() =>
              sequelize.withNamedLock(
                'joined',
                async (_, lock) => {
                  if (lost === 'LOCK_LOST') await sequelize.query(`KILL ${lock.sessionId}`).catch(() => {})
                  await over
                  late = sequelize.query('INSERT INTO cls_notes VALUES (1)')
                  await late
                },
                lost === 'HOLD_TIMEOUT' ? { holdTimeoutMs: 30 } : {},
              ),
            )
            await assert.rejects(call, { code: lost })
            ended!()
            await new Promise((resolve) => setImmediate(resolve))
            await assert.rejects(late!)
            assert.deepEqual(await sequelize.query('SELECT id FROM cls_notes', { type: QueryTypes.SELECT }), [])
          })
        })
      }

      it('lets nothing commit on its own that a callback did not wait for', async () => {
        await withSequelize(combination, async (sequelize) => {
          await sequelize.query('CREATE TABLE IF NOT EXISTS cls_notes (id INT PRIMARY KEY) ENGINE = InnoDB')
          await sequelize.query('DELETE FROM cls_notes')
          let ended: () => void
          const over = new Promise<void>((resolve) => (ended = resolve))
          let late: Promise<unknown> | undefined
          await sequelize.withNamedLock('forgetful', () => {
            late = over.then(() => sequelize.query('INSERT INTO cls_notes VALUES (1)'))
            late.catch(() => {})
          })
          ended!()
          await assert.rejects(late!, /commit has been called on this transaction/)
          assert.deepEqual(await sequelize.query('SELECT id FROM cls_notes', { type: QueryTypes.SELECT }), [])
        })
      })

      it('leaves acquireNamedLock a connection of its own, and a name that is held LOCK_REENTRY', async () => {
        await withSequelize(combination, async (sequelize) => {
          await sequelize.withNamedLock('outer', async (_, lock) => {
            const other = await sequelize.acquireNamedLock('other')
            assert.notEqual(other.sessionId, lock.sessionId)
            await other.release()
            await assert.rejects(sequelize.acquireNamedLock('outer'), { code: 'LOCK_REENTRY' })
          })
        })
      })

      it('is not asked when the call says that there is no transaction', async () => {
        await withSequelize(combination, async (sequelize) => {
          await sequelize.transaction(async () => {
            for (const transaction of [undefined, null]) {
              await assert.rejects(
                sequelize.withNamedLock('a', () => 1, { transaction }),
                { code: 'LOCK_NO_TRANSACTION' },
              )
            }
          })
        })
      })

      it('is shared by instances, whose locks do not join the transactions of another one', async () => {
        await withSequelize(combination, async (sequelize) => {
          const other = namedLocks(await openPlain(combination), { namespace: 'other' })
          await sequelize.withNamedLock('a', async (outer, lock) => {
            await other.withNamedLock('a', (inner, otherLock) => {
              assert.notEqual(inner, outer)
              assert.notEqual(otherLock.sessionId, lock.sessionId)
              assert.equal(namespace.get('transaction'), inner)
            })
            assert.equal(namespace.get('transaction'), outer)
          })
          await other.close()
        })
      })

      it('refuses what a transaction that has begun cannot heed any more', async () => {
        await withSequelize(combination, async (sequelize) => {
          await sequelize.transaction(async () => {
            const isolationLevel = Transaction.ISOLATION_LEVELS.SERIALIZABLE
            const joining = sequelize.withNamedLock('a', () => 1, { isolationLevel })
            await assert.rejects(joining, { name: 'TypeError', message: /joins one that has begun/ })
          })
        })
      })
    })
  }
})
