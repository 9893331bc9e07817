import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import {
  answerNothing,
  cutAfterForward,
  cutAfterReply,
  cutBefore,
  delay,
  delayReply,
  fail,
  holdUntil,
  run,
} from '@ormutex/testkit/fault-proxy'
import type { RowDataPacket } from 'mysql2/promise'
import { serverKinds } from './support/server.js'
import { firstValue, Stage } from './support/stage.js'
import { elapsed, eventually, isPendingAfter } from './support/timing.js'

for (const kind of serverKinds) {
  describe(`faults on ${kind}`, function () {
    this.timeout(60_000)
    let stage: Stage
    let take: string
    let name: string
    beforeEach(async () => {
      stage = await Stage.set(kind)
      name = randomUUID()
      take = `SELECT GET_LOCK('${name}', 0)`
    })
    afterEach(async () => {
      await stage.strike()
      assert.deepEqual(stage.errors, [])
    })

    /** Whether the server ran `take` and the session that did is still there. */
    const isTaken = async () => (await stage.ask(`SELECT IS_USED_LOCK('${name}')`)) !== null

    it('delay: forwards later, but at once what others send', async () => {
      const [slow, other] = [await stage.connect(), await stage.connect()]
      stage.proxy.on(/GET_LOCK/, delay(500))
      const taken = elapsed(slow.query(take))
      await other.query('SELECT 1')
      assert.equal(await isTaken(), false)
      assert.ok(await isPendingAfter(1, taken))
      const took = await taken
      assert.ok(took >= 495 && took < 1500, `took ${took} ms`)
      assert.equal(await isTaken(), true)
    })

    it('holdUntil: forwards when the promise resolves', async () => {
      const client = await stage.connect()
      let release!: () => void
      stage.proxy.on(/GET_LOCK/, holdUntil(new Promise<void>((resolve) => (release = resolve))))
      const taken = client.query(take)
      assert.ok(await isPendingAfter(50, taken))
      assert.equal(await isTaken(), false)
      release()
      await taken
      assert.equal(await isTaken(), true)
    })

    it('run: a function that fails cuts the connection and is reported', async () => {
      const client = await stage.connect()
      stage.proxy.on(
        /GET_LOCK/,
        run(() => Promise.reject(new Error('on purpose'))),
      )
      await assert.rejects(client.query(take), { code: 'ECONNRESET' })
      assert.equal(stage.errors.splice(0)[0]?.message, 'on purpose')
      assert.equal(await isTaken(), false)
    })

    it('run: forwards when the function is done, here with killing the session', async () => {
      const client = await stage.connect()
      stage.proxy.on(
        /GET_LOCK/,
        run(async (statement) => {
          assert.equal(statement.sql, take)
          await stage.direct.query(`KILL ${client.threadId}`)
          await eventually(async () => !(await stage.isServed(client)), 'session gone')
        }),
      )
      await assert.rejects(client.query(take))
      assert.equal(await isTaken(), false)
    })

    it('fail: answers with the error, and the connection stays in step', async () => {
      const client = await stage.connect()
      stage.proxy.on(/GET_LOCK/, fail({ errno: 1205, sqlState: 'HY000', message: 'Lock wait timeöut' }))
      await assert.rejects(client.query(take), {
        errno: 1205,
        code: 'ER_LOCK_WAIT_TIMEOUT',
        sqlState: 'HY000',
        message: 'Lock wait timeöut',
      })
      assert.equal(await isTaken(), false)
      assert.equal(firstValue(await client.query<RowDataPacket[]>(take)), 1)
    })

    it('answerNothing: neither forwards nor answers, and leaves the connection open', async () => {
      const client = await stage.connect()
      stage.proxy.on(/GET_LOCK/, answerNothing())
      assert.ok(await isPendingAfter(100, client.query(take)))
      assert.equal(await isTaken(), false)
      assert.equal(stage.proxy.connections, 1)
      assert.equal(await stage.isServed(client), true)
    })

    it('cutBefore: resets the client, and the server has not run the statement', async () => {
      const client = await stage.connect()
      const table = `t${name.replaceAll('-', '')}`
      stage.proxy.on(/^CREATE/, cutBefore())
      await assert.rejects(client.query(`CREATE TABLE ${table} (id INT)`), { code: 'ECONNRESET' })
      await eventually(async () => !(await stage.isServed(client)), 'session gone')
      assert.equal(stage.proxy.connections, 0)
      const tables = `SELECT COUNT(*) FROM information_schema.tables WHERE table_name = '${table}'`
      assert.equal(await stage.ask(tables), 0)
    })

    it('cutAfterForward: resets the client when the server has done what it asked', async () => {
      const client = await stage.connect()
      const table = `t${name.replaceAll('-', '')}`
      await stage.direct.query(`CREATE TABLE ${table} (id INT PRIMARY KEY)`)
      try {
        await client.query('START TRANSACTION')
        await client.query(`INSERT INTO ${table} VALUES (1)`)
        stage.proxy.on(/^COMMIT/, cutAfterForward())
        await assert.rejects(client.query('COMMIT'), { code: 'ECONNRESET' })
        assert.equal(await stage.ask(`SELECT COUNT(*) FROM ${table}`), 1)
        await eventually(async () => !(await stage.isServed(client)), 'session gone')
      } finally {
        await stage.direct.query(`DROP TABLE ${table}`)
      }
    })

    it('cutAfterForward: waits no longer than it is told', async () => {
      const client = await stage.connect()
      stage.proxy.on(/SLEEP/, cutAfterForward({ ms: 100 }))
      const took = await elapsed(assert.rejects(client.query('SELECT SLEEP(3)'), { code: 'ECONNRESET' }))
      assert.ok(took >= 95 && took < 1500, `took ${took} ms`)
    })

    it('cutAfterForward: without a limit waits for the server', async () => {
      const client = await stage.connect()
      stage.proxy.on(/SLEEP/, cutAfterForward())
      const took = await elapsed(assert.rejects(client.query('SELECT SLEEP(0.3)'), { code: 'ECONNRESET' }))
      assert.ok(took >= 295, `took ${took} ms`)
    })

    it('cutAfterReply: delivers all of a large reply, then cuts both sides', async () => {
      const client = await stage.connect()
      const ended = new Promise((resolve) => client.once('error', resolve))
      stage.proxy.on(/REPEAT/, cutAfterReply())
      const large = 3_000_000
      const [results] = await client.query<RowDataPacket[][]>(
        `SELECT REPEAT('a', ${large}) AS text; SELECT REPEAT('b', ${large}) AS text`,
      )
      assert.deepEqual(
        results.map(([row]) => row?.['text'].length),
        [large, large],
      )
      await ended
      await eventually(async () => !(await stage.isServed(client)), 'session gone')
      assert.equal(stage.proxy.connections, 0)
    })

    it('delayReply: forwards at once, and the answer comes later', async () => {
      const client = await stage.connect()
      stage.proxy.on(/GET_LOCK/, delayReply(500))
      const taken = elapsed(client.query(take))
      await eventually(isTaken, 'lock taken')
      assert.ok(await isPendingAfter(1, taken))
      const took = await taken
      assert.ok(took >= 495 && took < 1500, `took ${took} ms`)
      assert.ok((await elapsed(client.query('SELECT 1'))) < 500)
    })
  })
}
