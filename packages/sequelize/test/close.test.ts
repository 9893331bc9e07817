import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { namedLocks } from '@ormutex/sequelize'
import { QueryTypes } from 'sequelize'
import { COMBINATIONS, openPlain, titleOf, withSequelize } from './opened.js'

for (const combination of COMBINATIONS) {
  describe(`sequelize.close() with ${titleOf(combination)}`, () => {
    it('gives up every wait at once, lets transactions end, and releases what is held without one', async () => {
      const sequelize = namedLocks(await openPlain(combination, { poolSize: 6 }))
      await withSequelize(combination, async (other) => {
        const elsewhere = await other.acquireNamedLock('elsewhere')
        const owned = await sequelize.acquireNamedLock('owned')
        const settled: string[] = []
        const note = (what: string) => (result: unknown) =>
          void settled.push(`${what}: ${(result as { code?: string })?.code ?? String(result)}`)
        const working = sequelize.withNamedLock('working', async (transaction) => {
          await sleep(200)
          const options = { transaction, type: QueryTypes.SELECT } as const
          return (await sequelize.query<{ seven: number }>('SELECT 7 AS seven', options))[0]?.seven
        })
        const joined = sequelize.transaction(async (transaction) => {
          await sequelize.withNamedLock('joined', () => sleep(200), { transaction })
          return 'ended'
        })
        const all = [
          working.then(note('working'), note('working')),
          joined.then(note('joined'), note('joined')),
          sequelize.withNamedLock('elsewhere', () => 1).catch(note('at the server')),
          sequelize.withNamedLock('elsewhere', () => 1).catch(note('in the queue')),
          sequelize.withNamedLock('owned', () => 1).catch(note('behind our own')),
        ]
        await sleep(50)
        const startedAt = performance.now()
        await sequelize.close()
        const took = performance.now() - startedAt
        await Promise.all(all)
        assert.deepEqual(settled.toSorted(), [
          'at the server: LOCK_FAILED',
          'behind our own: LOCK_FAILED',
          'in the queue: LOCK_FAILED',
          'joined: ended',
          'working: 7',
        ])
        assert.equal((owned.signal.reason as { code: string }).code, 'LOCK_LOST')
        assert.ok(took < 2_000, `close() took ${took} ms`)
        for (const name of ['owned', 'working', 'joined']) assert.equal(await other.namedLockHolder(name), null, name)
        await elsewhere.release()
        await assert.rejects(
          sequelize.withNamedLock('later', () => 1),
          { code: 'LOCK_FAILED' },
        )
      })
    })

    it('waits for no connection that was lost', async () => {
      const sequelize = namedLocks(await openPlain(combination))
      await withSequelize(combination, async (other) => {
        const lock = await sequelize.acquireNamedLock('lost')
        await other.query(`KILL ${lock.sessionId}`)
        await new Promise((resolve) => lock.signal.addEventListener('abort', resolve))
        const startedAt = performance.now()
        await sequelize.close()
        assert.ok(performance.now() - startedAt < 1_000)
      })
    })
  })
}
