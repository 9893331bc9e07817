import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerNothing, delayReply, fail } from '@ormutex/testkit/fault-proxy'
import type { RowDataPacket } from 'mysql2/promise'
import { serverKinds } from './support/server.js'
import { firstValue, Stage } from './support/stage.js'
import { elapsed, eventually, isPendingAfter } from './support/timing.js'

for (const kind of serverKinds) {
  describe(`a session on ${kind}`, function () {
    this.timeout(60_000)
    let stage: Stage
    beforeEach(async () => {
      stage = await Stage.set(kind)
    })
    afterEach(async () => {
      await stage.strike()
      assert.deepEqual(stage.errors, [])
    })

    /** A statement that the server answers when `release` is called. */
    async function openStatement(): Promise<{ sql: string; release: () => Promise<unknown> }> {
      const name = randomUUID()
      await stage.direct.query(`SELECT GET_LOCK('${name}', 0)`)
      return {
        sql: `SELECT GET_LOCK('${name}', 10)`,
        release: () => stage.direct.query(`SELECT RELEASE_LOCK('${name}')`),
      }
    }

    it("is found by the server's connection id while it is live", async () => {
      const [first, second] = [await stage.connect(), await stage.connect()]
      const id = String(firstValue(await second.query<RowDataPacket[]>('SELECT CONNECTION_ID()')))
      const session = stage.proxy.session(id)
      assert.ok(session)
      assert.deepEqual([session.id, session.connection, session.isLive], [id, 2, true])
      assert.equal(stage.proxy.session(id), session)
      assert.equal(stage.sessionOf(first).connection, 1)
      assert.equal(stage.proxy.session(String(stage.direct.threadId)), undefined)
      await second.end()
      await eventually(() => stage.proxy.session(id) === undefined, 'session forgotten')
      assert.equal(session.isLive, false)
    })

    it('is named by its statements, and chosen by rules', async () => {
      const [first, second] = [await stage.connect(), await stage.connect()]
      const session = String(second.threadId)
      const rule = stage.proxy.on(/1/, fail({ errno: 1205, sqlState: 'HY000', message: 'no' }), { session })
      await first.query('SELECT 1')
      await assert.rejects(second.query('SELECT 1'), { errno: 1205 })
      assert.equal((await rule.hit()).sessionId, session)
      assert.deepEqual(
        stage.proxy.statements.map(({ sessionId }) => sessionId),
        [String(first.threadId), session],
      )
    })

    for (const [reset, code] of [
      [false, 'PROTOCOL_CONNECTION_LOST'],
      [true, 'ECONNRESET'],
    ] as const) {
      it(`cut({ reset: ${reset} }) cuts it on both sides, even frozen, and no other`, async () => {
        const [client, other] = [await stage.connect(), await stage.connect()]
        const session = stage.sessionOf(client)
        session.freeze()
        const failure = assert.rejects(client.query('SELECT 1'), { code })
        // A socket closed with something unread resets the connection, whatever it is told.
        await eventually(() => stage.proxy.statements.length === 1, 'statement seen')
        session.cut(reset ? { reset } : {})
        assert.deepEqual([session.isLive, stage.proxy.session(session.id)], [false, undefined])
        await failure
        await eventually(async () => !(await stage.isServed(client)), 'session gone')
        await other.query('SELECT 1')
      })
    }

    it('freeze() holds back its statements and no other, and thaw() delivers them', async () => {
      const [client, other] = [await stage.connect(), await stage.connect()]
      const name = randomUUID()
      stage.sessionOf(client).freeze()
      const locked = client.query(`SELECT GET_LOCK('${name}', 0)`)
      await eventually(() => stage.proxy.statements.length === 1, 'statement seen')
      await other.query('SELECT 1')
      assert.ok(await isPendingAfter(30, locked))
      assert.equal(stage.sessionOf(client).isBusy, false)
      assert.equal(await stage.ask(`SELECT IS_FREE_LOCK('${name}')`), 1)
      stage.sessionOf(client).thaw()
      await locked
      assert.equal(await stage.ask(`SELECT IS_FREE_LOCK('${name}')`), 0)
    })

    it('freeze() holds back its reply', async () => {
      const client = await stage.connect()
      const session = stage.sessionOf(client)
      const { sql, release } = await openStatement()
      const answer = client.query(sql)
      await eventually(() => session.isBusy, 'statement forwarded')
      session.freeze()
      await release()
      await eventually(() => !session.isBusy, 'reply come')
      assert.ok(await isPendingAfter(20, answer))
      session.thaw()
      await answer
    })

    it('freeze() hides from each side that the other has gone, until thaw()', async () => {
      const [dropped, killed] = [await stage.connect(), await stage.connect()]
      const sessions = [stage.sessionOf(dropped), stage.sessionOf(killed)]
      for (const session of sessions) session.freeze()
      const told = new Promise((resolve) => killed.once('error', resolve))
      dropped.destroy()
      await stage.direct.query(`KILL ${killed.threadId}`)
      await eventually(async () => !(await stage.isServed(killed)), 'session gone')
      assert.ok(await isPendingAfter(50, told))
      assert.equal(await stage.isServed(dropped), true)
      assert.deepEqual([stage.sessionOf(dropped), stage.sessionOf(killed)], sessions)
      for (const session of sessions) session.thaw()
      await told
      await eventually(async () => !(await stage.isServed(dropped)), 'session gone')
      await eventually(() => sessions.every(({ isLive }) => !isLive), 'neither live')
    })

    it('stays frozen until both it and the whole proxy are thawed', async () => {
      const client = await stage.connect()
      const session = stage.sessionOf(client)
      session.freeze()
      stage.proxy.freeze()
      const answer = client.query('SELECT 1')
      stage.proxy.thaw()
      assert.ok(await isPendingAfter(20, answer))
      stage.proxy.freeze()
      session.thaw()
      assert.ok(await isPendingAfter(20, answer))
      stage.proxy.thaw()
      await answer
    })

    it('setLatency() delays each direction, of that session only, until it is 0', async () => {
      const [client, other] = [await stage.connect(), await stage.connect()]
      stage.sessionOf(client).setLatency(200)
      const taken = elapsed(client.query('SELECT 1'))
      await other.query('SELECT 1')
      assert.ok(await isPendingAfter(1, taken))
      const took = await taken
      assert.ok(took >= 399 && took < 1500, `took ${took} ms`)
      stage.sessionOf(client).setLatency(0)
      assert.ok((await elapsed(client.query('SELECT 1'))) < 200)
    })

    it('loseNextReply() loses the reply to the next statement, which the server has run', async () => {
      const [client, other] = [await stage.connect(), await stage.connect()]
      const table = `t${randomUUID().replaceAll('-', '')}`
      stage.proxy.on(/^CREATE/, delayReply(60_000))
      stage.sessionOf(client).loseNextReply()
      await other.query('SELECT 1')
      await assert.rejects(client.query(`CREATE TABLE ${table} (id INT)`), { code: 'ECONNRESET' })
      await stage.direct.query(`DROP TABLE ${table}`)
      await eventually(async () => !(await stage.isServed(client)), 'session gone')
      await other.query('SELECT 1')
    })

    it('loseNextReply() loses the reply to the statement that is under way', async () => {
      const client = await stage.connect()
      const session = stage.sessionOf(client)
      const { sql, release } = await openStatement()
      const failure = assert.rejects(client.query(sql), { code: 'ECONNRESET' })
      await eventually(() => session.isBusy, 'statement forwarded')
      session.loseNextReply()
      assert.ok(await isPendingAfter(30, failure))
      await release()
      await failure
    })

    it('loseNextReply() waits no longer than it is told, from when there is a statement', async () => {
      const [waiting, idle] = [await stage.connect(), await stage.connect()]
      stage.sessionOf(idle).loseNextReply({ ms: 40 })
      const failure = assert.rejects(waiting.query('SELECT SLEEP(3)'), { code: 'ECONNRESET' })
      await eventually(() => stage.sessionOf(waiting).isBusy, 'statement forwarded')
      stage.sessionOf(waiting).loseNextReply({ ms: 40 })
      const tookWaiting = await elapsed(failure)
      const tookIdle = await elapsed(assert.rejects(idle.query('SELECT SLEEP(3)'), { code: 'ECONNRESET' }))
      for (const took of [tookWaiting, tookIdle]) assert.ok(took >= 35 && took < 1500, `took ${took} ms`)
    })

    it('is busy from a forwarded statement to the end of its reply', async () => {
      const client = await stage.connect()
      const session = stage.sessionOf(client)
      assert.equal(session.isBusy, false)
      const { sql, release } = await openStatement()
      const answer = client.query(`SELECT 1; ${sql}`)
      await eventually(() => session.isBusy, 'busy')
      assert.ok(await isPendingAfter(30, answer))
      assert.equal(session.isBusy, true)
      await release()
      await answer
      assert.equal(session.isBusy, false)
      await client.execute('SELECT ?', [1])
      await client.ping()
      assert.equal(session.isBusy, false)

      stage.proxy.on(/2/, answerNothing())
      const unanswered = client.query('SELECT 2')
      await eventually(() => stage.proxy.statements.at(-1)?.sql === 'SELECT 2', 'statement seen')
      assert.equal(session.isBusy, false)
      assert.ok(await isPendingAfter(1, unanswered))
    })

    it('is not busy any more when it has gone, and then nothing has an effect', async () => {
      const client = await stage.connect()
      const session = stage.sessionOf(client)
      const failure = assert.rejects(client.query('SELECT SLEEP(1)'))
      await eventually(() => session.isBusy, 'statement forwarded')
      session.cut()
      assert.equal(session.isBusy, false)
      await failure
      session.freeze()
      session.setLatency(10)
      session.loseNextReply({ ms: 1 })
      session.thaw()
      session.cut({ reset: true })
      await sleep(5)
      await (await stage.connect()).query('SELECT 1')
    })
  })
}
