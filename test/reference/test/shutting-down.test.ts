import assert from 'node:assert/strict'
import { once } from 'node:events'
import { until } from '@ormutex-test/servers'
import type { NamedLocks } from '@ormutex/core'
import { namedLocks as knexLocks } from '@ormutex/knex'
import { namedLocks as poolLocks } from '@ormutex/mysql2'
import { namedLocks as sequelizeLocks } from '@ormutex/sequelize'
import knex from 'knex'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { Sequelize } from 'sequelize'
import { FLAVOURS } from './flavours.js'
import { Page } from './page.js'
import { Scene } from './scene.js'

/** An application that is shut down, whatever it is made with. */
interface Application {
  readonly locks: Pick<NamedLocks<unknown>, 'acquireNamedLock'>
  /** Runs a transaction under a lock, which inserts a row when it is told to. */
  write(work: (insert: () => PromiseLike<unknown>) => Promise<void>): Promise<void>
  close(): Promise<unknown>
}

const INSERT = 'INSERT INTO writes VALUES (1)'

/** By the words of the table. */
const APPLICATIONS: Readonly<Record<string, (uri: string) => Application>> = {
  'Knex `db.destroy()`': (uri) => {
    const db = knexLocks(knex({ client: 'mysql2', connection: uri }), { namespace: 'shop' })
    return {
      locks: db,
      write: (work) => db.withNamedLock('written', (trx) => work(() => trx.raw(INSERT))),
      close: () => db.destroy(),
    }
  },
  'Sequelize `sequelize.close()`': (uri) => {
    const sequelize = sequelizeLocks(new Sequelize(uri, { logging: false }), { namespace: 'shop' })
    return {
      locks: sequelize,
      write: (work) =>
        sequelize.withNamedLock('written', (transaction) => work(() => sequelize.query(INSERT, { transaction }))),
      close: () => sequelize.close(),
    }
  },
  'mysql2 `pool.end()`': (uri) => {
    const pool = createPool(uri)
    const locks = poolLocks(pool, { namespace: 'shop' })
    return {
      locks,
      write: (work) => locks.withNamedLock('written', (connection) => work(() => connection.query(INSERT))),
      close: () => pool.end(),
    }
  },
}

for (const flavour of FLAVOURS) {
  describe(`the page on operating, on shutting down, on ${flavour}`, () => {
    const rows = new Page('operating.md').rowsUnder('Shutting down')
    let scene: Scene
    let uri: string
    const leftOver: (() => unknown)[] = []

    before(async () => {
      scene = await Scene.on(flavour)
      const url = new URL(scene.server.url)
      url.pathname = `/${await scene.server.createDatabase()}`
      uri = url.href
      await scene.administrator.query(`USE ${url.pathname.slice(1)}`)
      await scene.administrator.query('CREATE TABLE writes (id INT)')
    })
    beforeEach(() => scene.administrator.query('DELETE FROM writes'))
    // Also where an assertion failed: an open transaction would keep whatever follows waiting.
    afterEach(() => Promise.all(leftOver.splice(0).map((end) => end())))
    after(() => scene.close())

    it('has a row for each that is tried here, and for Prisma, which its package tries', () => {
      assert.deepEqual(
        new Set(rows.map(([call]) => call)),
        new Set([...Object.keys(APPLICATIONS), 'Prisma `prisma.$disconnect()`']),
      )
    })

    for (const [call, open] of Object.entries(APPLICATIONS)) {
      it(`says truly what becomes of what is there: ${call}`, async () => {
        const application = open(uri)
        const busy = await scene.holder.acquireNamedLock('busy')
        leftOver.push(() => busy.release())
        const held = await application.locks.acquireNamedLock('held')
        const wait = application.locks.acquireNamedLock('busy', { timeoutMs: Infinity })
        await scene.waitingSession()
        let goOn!: () => void
        const gone = new Promise<void>((resolve) => (goOn = resolve))
        leftOver.push(goOn)
        let writing!: Promise<unknown>
        await new Promise<void>((began) => {
          writing = application.write(async (insert) => {
            await insert()
            began()
            await gone
            await insert()
          })
        })
        const written = writing.then(
          () => 'committed',
          (error: { code?: string }) => error.code,
        )

        const lost = once(held.signal, 'abort')
        const closed = application.close().then(() => 'closed')
        await assert.rejects(wait, { code: 'LOCK_FAILED' })
        await lost
        assert.equal((held.signal.reason as { code?: string }).code, 'LOCK_LOST')
        // Told first, released then: the server may hear this question before.
        await until('what was held is free', async () => (await scene.holder.namedLockHolder('held')) === null, 10_000)

        // Only now does the callback end.
        const isAwaited = call !== 'mysql2 `pool.end()`'
        if (isAwaited) assert.equal(await Promise.race([closed, Promise.resolve('closing')]), 'closing')
        else assert.deepEqual(await Promise.all([closed, written]), ['closed', 'LOCK_LOST'])
        goOn()
        assert.deepEqual(await Promise.all([closed, written]), ['closed', isAwaited ? 'committed' : 'LOCK_LOST'])
        const [found] = await scene.administrator.query<RowDataPacket[]>('SELECT * FROM writes')
        assert.equal(found.length, isAwaited ? 2 : 0)
      })
    }
  })
}
