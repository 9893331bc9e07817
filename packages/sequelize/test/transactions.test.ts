import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { QueryTypes, type Sequelize, Transaction } from 'sequelize'
import { emptyNotes, noteIds } from './notes.js'
import { COMBINATIONS, isFree, titleOf, withSequelize } from './opened.js'

for (const combination of COMBINATIONS) {
  describe(`transactions of Sequelize with ${titleOf(combination)}`, () => {
    const free = (name: string): Promise<boolean> => isFree(combination, name)

    it('are real Sequelize transactions inside the callback, with savepoints', async () => {
      await withSequelize(combination, async (sequelize) => {
        await emptyNotes(sequelize)
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

    it('begun on the Sequelize of a transaction are none on its connection', async () => {
      await withSequelize(combination, async (sequelize) => {
        await emptyNotes(sequelize)
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

    it('survive LOCK_DEADLOCK in a lock that joins them', async () => {
      await withSequelize(combination, async (sequelize) => {
        let arrived = 0
        let meet: () => void
        const met = new Promise<void>((resolve) => (meet = resolve))
        await emptyNotes(sequelize)
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
