import assert from 'node:assert/strict'
import { sharedServer } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/knex'
import knex, { type Knex } from 'knex'
import { createPool } from 'mysql2'
import { configFor, FLAVOURS, withKnex } from './opened.js'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

for (const flavour of FLAVOURS) {
  describe(`knex.destroy() on ${flavour}`, () => {
    it('lets transactions end, with their locks', async () => {
      const db = namedLocks(knex(configFor(await sharedServer(flavour))))
      await withKnex(flavour, async (other) => {
        let begin!: () => void
        const begun = new Promise<void>((resolve) => (begin = resolve))
        const working = db.withNamedLock('working', async (trx) => {
          begin()
          await sleep(200)
          return ((await trx.raw('SELECT 7 AS seven')) as [[{ seven: number }]])[0][0].seven
        })
        await begun
        await db.destroy()
        assert.equal(await working, 7)
        assert.equal(await other.namedLockHolder('working'), null)
      })
    })

    it("leaves nothing behind in a pool of the application's own, although a callback still runs", async () => {
      const { host, port, user, password, database } = await sharedServer(flavour)
      const pool = createPool({ host, port, user, password, database, connectionLimit: 2 })
      const db = namedLocks(knex({ client: 'mysql2', connectionPool: pool } as Knex.Config))
      let begin = (): void => {}
      const begun = new Promise<void>((resolve) => (begin = resolve))
      const running = db.withNamedLock('a', () => {
        begin()
        return sleep(100)
      })
      await begun
      await db.destroy()
      await running
      await sleep(20)
      const connections = await Promise.all([pool.promise().getConnection(), pool.promise().getConnection()])
      for (const connection of connections) connection.release()
      await pool.promise().end()
    })

    it("ends a look that waits for a connection of a pool of the application's own, which has no limit", async function () {
      this.timeout(30_000)
      const { host, port, user, password, database } = await sharedServer(flavour)
      const pool = createPool({ host, port, user, password, database, connectionLimit: 1 })
      const db = namedLocks(knex({ client: 'mysql2', connectionPool: pool } as Knex.Config))
      await db.withNamedLock('a', () =>
        assert.rejects(db.namedLockHolder('b'), { code: 'LOCK_TIMEOUT', reason: 'pool' }),
      )
      await db.destroy()
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
