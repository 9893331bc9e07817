import assert from 'node:assert/strict'
import { FLAVOURS } from './flavours.js'
import { Page } from './page.js'
import { type Locks, Scene } from './scene.js'

const page = new Page('guarantees.md')

for (const flavour of FLAVOURS) {
  describe(`the page on guarantees, on ${flavour}`, () => {
    let scene: Scene
    let db: Locks
    let other: Locks

    before(async () => {
      scene = await Scene.on(flavour)
      const database = await scene.server.createDatabase()
      db = scene.open({}, { database })
      other = scene.open({}, { database })
      await db.raw(page.marked('fencing table'))
      await db.raw('CREATE TABLE counters (value INT)')
    })

    after(() => scene.close())

    it('has a statement that refuses whoever held the lock before, and takes a repeated one', async () => {
      await db.raw('INSERT INTO reports (id) VALUES (7)')
      const write = async (body: string, token: bigint): Promise<number> => {
        const bound = String(token)
        const [result] = (await db.raw(page.marked('fencing'), [body, bound, 7, bound])) as [{ affectedRows: number }]
        return result.affectedRows
      }
      const older = await db.acquireNamedLock('report:7')
      await older.release()
      const newer = await other.acquireNamedLock('report:7')
      await newer.release()
      assert.equal(await write('of the newer', newer.token), 1)
      assert.equal(await write('of the older', older.token), 0)
      assert.equal(await write('of the newer', newer.token), 1)
      const [[row]] = (await db.raw('SELECT body, CAST(token AS CHAR) AS token FROM reports')) as [
        [{ body: string; token: string }],
      ]
      assert.deepEqual({ ...row }, { body: 'of the newer', token: String(newer.token) })
    })

    it('says truly which transactions see old rows after the grant', async () => {
      for (const [isolationLevel, seen] of [
        ['repeatable read', 1],
        ['read committed', 2],
      ] as const) {
        await db('counters').delete()
        await db('counters').insert({ value: 1 })
        const read = async (trx: Pick<Locks, 'raw'>): Promise<number> =>
          ((await trx.raw('SELECT value FROM counters')) as [[{ value: number }]])[0][0].value
        await db.transaction(
          async (trx) => {
            assert.equal(await read(trx), 1)
            await other.withNamedLock('counter', (elsewhere) => elsewhere('counters').update({ value: 2 }))
            await trx.withNamedLock('counter', async () => assert.equal(await read(trx), seen, isolationLevel))
          },
          { isolationLevel },
        )
        await db.withNamedLock('counter', async (trx) => assert.equal(await read(trx), 2), { isolationLevel })
      }
    })

    it('says truly that DDL commits, and that the lock stays', async () => {
      await db('counters').delete()
      const thrown = new Error('of the callback')
      const call = db.withNamedLock('ddl', async (trx) => {
        await trx('counters').insert({ value: 5 })
        await trx.raw('CREATE TABLE made (id INT)')
        assert.equal(await other.tryAcquireNamedLock('ddl'), null)
        throw thrown
      })
      await assert.rejects(call, (error) => error === thrown)
      assert.equal((await db('counters')).length, 1)
    })

    it('says truly what becomes of a callback that drops the lock itself', async () => {
      await db('counters').delete()
      await db.withNamedLock('dropped', async (trx) => {
        await trx('counters').insert({ value: 6 })
        await trx.raw('SELECT RELEASE_ALL_LOCKS()')
        const next = await other.tryAcquireNamedLock('dropped')
        assert.ok(next !== null)
        await next.release()
      })
      assert.equal((await db('counters')).length, 1)
    })
  })
}
