import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { namedLocks } from '@ormutex/sequelize'
import { QueryTypes } from 'sequelize'
import { COMBINATIONS, openPlain, titleOf, withSequelize } from './opened.js'

/** Something that happens once. */
function signal(): { readonly give: () => void; readonly given: Promise<void> } {
  let give!: () => void
  const given = new Promise<void>((resolve) => (give = resolve))
  return { give, given }
}

for (const combination of COMBINATIONS) {
  describe(`sequelize.close() with ${titleOf(combination)}`, () => {
    it('lets transactions end, with their locks', async () => {
      const sequelize = namedLocks(await openPlain(combination))
      await withSequelize(combination, async (other) => {
        const begun = [signal(), signal()] as const
        const working = sequelize.withNamedLock('working', async (transaction) => {
          begun[0].give()
          await sleep(200)
          const options = { transaction, type: QueryTypes.SELECT } as const
          return (await sequelize.query<{ seven: number }>('SELECT 7 AS seven', options))[0]?.seven
        })
        const joined = sequelize.transaction(async (transaction) => {
          const work = (): Promise<void> => {
            begun[1].give()
            return sleep(200)
          }
          await sequelize.withNamedLock('joined', work, { transaction })
          return 'ended'
        })
        await Promise.all(begun.map(({ given }) => given))
        await sequelize.close()
        assert.deepEqual(await Promise.all([working, joined]), [7, 'ended'])
        for (const name of ['working', 'joined']) assert.equal(await other.namedLockHolder(name), null, name)
      })
    })

    it('waits for no connection that was lost', async () => {
      const sequelize = namedLocks(await openPlain(combination))
      await withSequelize(combination, async (other) => {
        const lock = await sequelize.acquireNamedLock('lost')
        await other.query(`KILL ${lock.sessionId}`)
        if (!lock.signal.aborted) await new Promise((resolve) => lock.signal.addEventListener('abort', resolve))
        const startedAt = performance.now()
        await sequelize.close()
        assert.ok(performance.now() - startedAt < 1_000)
      })
    })
  })
}
