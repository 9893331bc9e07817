import assert from 'node:assert/strict'
import { sharedServer } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/knex'
import knex, { type Knex } from 'knex'
import { createPool } from 'mysql2'
import { configFor, FLAVOURS, withKnex } from './opened.js'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

for (const flavour of FLAVOURS) {
  describe(`knex.destroy() on ${flavour}`, () => {
    it('gives up every wait at once, lets transactions end, and releases what is held without one', async () => {
      const db = namedLocks(knex(configFor(await sharedServer(flavour), 6)))
      await withKnex(flavour, async (other) => {
        const elsewhere = await other.acquireNamedLock('elsewhere')
        const owned = await db.acquireNamedLock('owned')
        const settled: string[] = []
        const note = (what: string) => (result: unknown) =>
          void settled.push(`${what}: ${(result as { code?: string })?.code ?? String(result)}`)
        const working = db.withNamedLock('working', async (trx) => {
          await sleep(200)
          return ((await trx.raw('SELECT 7 AS seven')) as [[{ seven: number }]])[0][0].seven
        })
        const all = [
          working.then(note('working'), note('working')),
          db.withNamedLock('elsewhere', () => 1).catch(note('at the server')),
          db.withNamedLock('elsewhere', () => 1).catch(note('in the queue')),
          db.withNamedLock('owned', () => 1).catch(note('behind our own')),
        ]
        await sleep(50)
        const startedAt = performance.now()
        await db.destroy()
        const took = performance.now() - startedAt
        await Promise.all(all)
        assert.deepEqual(settled.toSorted(), [
          'at the server: LOCK_FAILED',
          'behind our own: LOCK_FAILED',
          'in the queue: LOCK_FAILED',
          'working: 7',
        ])
        assert.equal((owned.signal.reason as { code: string }).code, 'LOCK_LOST')
        assert.ok(took < 2_000, `destroy() took ${took} ms`)
        assert.equal(await other.namedLockHolder('owned'), null)
        assert.equal(await other.namedLockHolder('working'), null)
        await elsewhere.release()
        await assert.rejects(
          db.withNamedLock('later', () => 1),
          { code: 'LOCK_FAILED' },
        )
      })
    })

    it("leaves nothing behind in a pool of the application's own, although a callback still runs", async () => {
      const { host, port, user, password, database } = await sharedServer(flavour)
      const pool = createPool({ host, port, user, password, database, connectionLimit: 2 })
      const db = namedLocks(knex({ client: 'mysql2', connectionPool: pool } as Knex.Config))
      const running = db.withNamedLock('a', () => sleep(100))
      await sleep(50)
      await db.destroy()
      await running
      await sleep(20)
      const connections = await Promise.all([pool.promise().getConnection(), pool.promise().getConnection()])
      for (const connection of connections) connection.release()
      await pool.promise().end()
    })

    it('can be taken back with initialize()', async () => {
      const db = namedLocks(knex(configFor(await sharedServer(flavour))))
      await db.withNamedLock('a', () => 1)
      await db.destroy()
      db.initialize()
      assert.equal(await db.withNamedLock('a', () => 2), 2)
      await db.destroy()
    })
  })
}
