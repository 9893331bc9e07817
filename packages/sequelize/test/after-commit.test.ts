import assert from 'node:assert/strict'
import { type Transaction } from 'sequelize'
import { emptyNotes, noteIds } from './notes.js'
import { COMBINATIONS, isFree, poolOf, titleOf, withSequelize } from './opened.js'

for (const combination of COMBINATIONS) {
  describe(`afterCommit hooks of Sequelize with ${titleOf(combination)}`, () => {
    const free = (name: string): Promise<boolean> => isFree(combination, name)

    it('of a lock run once, in order, after the release and before the call resolves', async () => {
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

    it('of a transaction that was joined run after the release', async () => {
      await withSequelize(combination, async (sequelize) => {
        const ran: string[] = []
        await sequelize.transaction(async (transaction) => {
          transaction.afterCommit(async () => void ran.push((await free('joined')) ? 'free' : 'locked'))
          await sequelize.withNamedLock('joined', () => {}, { transaction })
        })
        assert.deepEqual(ran, ['free'])
      })
    })

    it('that throw reject the call, with everything committed and no lock left', async () => {
      await withSequelize(combination, async (sequelize) => {
        await emptyNotes(sequelize)
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

    it('of a lock do not run when nothing is committed', async () => {
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
  })
}
