import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { cutAfterForward, delay, delayReply, holdUntil, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { serverKinds, sharedServer } from './support/server.js'
import { Stage } from './support/stage.js'
import { eventually, isPendingAfter } from './support/timing.js'

for (const kind of serverKinds) {
  describe(`the whole proxy on ${kind}`, function () {
    this.timeout(60_000)
    let stage: Stage
    beforeEach(async () => {
      stage = await Stage.set(kind)
    })
    afterEach(() => stage.strike())

    it('counts the clients that are there', async () => {
      assert.equal(stage.proxy.connections, 0)
      const [first, second, third] = [await stage.connect(), await stage.connect(), await stage.connect()]
      assert.equal(stage.proxy.connections, 3)
      await first.end()
      second.destroy()
      await stage.direct.query(`KILL ${third.threadId}`)
      await eventually(() => stage.proxy.connections === 0, 'all clients gone')
      for (const client of [first, second, third]) {
        await eventually(async () => !(await stage.isServed(client)), 'session gone')
      }
    })

    for (const [reset, code] of [
      [false, 'PROTOCOL_CONNECTION_LOST'],
      [true, 'ECONNRESET'],
    ] as const) {
      it(`cutAll({ reset: ${reset} }) cuts every connection on both sides`, async () => {
        const clients = [await stage.connect(), await stage.connect()]
        const failures = clients.map((client) => assert.rejects(client.query('SELECT SLEEP(1)'), { code }))
        await eventually(() => stage.proxy.statements.length === 2, 'both queries seen')
        stage.proxy.cutAll(reset ? { reset } : {})
        assert.equal(stage.proxy.connections, 0)
        await Promise.all(failures)
        for (const client of clients) await eventually(async () => !(await stage.isServed(client)), 'session gone')
        await (await stage.connect()).query('SELECT 1')
      })
    }

    it('freeze() holds back statements, and thaw() delivers them', async () => {
      const client = await stage.connect()
      stage.proxy.freeze()
      const locked = client.query("SELECT GET_LOCK('frozen', 0)")
      assert.ok(await isPendingAfter(50, locked))
      assert.equal(await stage.ask("SELECT IS_FREE_LOCK('frozen')"), 1)
      assert.equal(stage.proxy.connections, 1)
      stage.proxy.thaw()
      await locked
      assert.equal(await stage.ask("SELECT IS_FREE_LOCK('frozen')"), 0)
    })

    it('freeze() holds back replies, also those a fault has delayed', async () => {
      const [plain, delayed] = [await stage.connect(), await stage.connect()]
      stage.proxy.on(/2$/, delayReply(10))
      const lock = randomUUID()
      await stage.direct.query(`SELECT GET_LOCK('${lock}', 0)`)
      const clients = [plain, delayed].map((client, index) => ({
        session: stage.sessionOf(client),
        answer: client.query(`SELECT GET_LOCK('${lock}', 10), RELEASE_LOCK('${lock}'), ${index + 1}`),
      }))
      await eventually(() => clients.every(({ session }) => session.isBusy), 'both queries forwarded')
      stage.proxy.freeze()
      await stage.direct.query(`SELECT RELEASE_LOCK('${lock}')`)
      await eventually(() => clients.every(({ session }) => !session.isBusy), 'both replies come')
      for (const { answer } of clients) assert.ok(await isPendingAfter(50, answer))
      stage.proxy.thaw()
      await Promise.all(clients.map(({ answer }) => answer))
    })

    it('freeze() hides from each side that the other has gone, until thaw()', async () => {
      const [dropped, killed] = [await stage.connect(), await stage.connect()]
      stage.proxy.freeze()
      dropped.destroy()
      await stage.direct.query(`KILL ${killed.threadId}`)
      await eventually(async () => !(await stage.isServed(killed)), 'session gone')
      await sleep(50)
      assert.equal(await stage.isServed(dropped), true)
      assert.equal(stage.proxy.connections, 1)
      stage.proxy.thaw()
      await eventually(async () => !(await stage.isServed(dropped)), 'session gone')
      await eventually(() => stage.proxy.connections === 0, 'client cut')
    })

    it('freeze() also holds new connections', async () => {
      stage.proxy.freeze()
      const connected = stage.connect()
      assert.ok(await isPendingAfter(50, connected))
      stage.proxy.thaw()
      await (await connected).query('SELECT 1')
    })

    it('refuse(true) turns away new connections only, until refuse(false)', async () => {
      const client = await stage.connect()
      stage.proxy.refuse(true)
      await assert.rejects(stage.connect(), { code: 'PROTOCOL_CONNECTION_LOST' })
      await client.query('SELECT 1')
      stage.proxy.refuse(false)
      await (await stage.connect()).query('SELECT 1')
    })

    it('close() leaves no socket and no timer', async () => {
      const { host, port } = await sharedServer(kind)
      const before = resources()
      const proxy = await startFaultProxy({ host, port })
      const clients = await Promise.all([0, 1, 2, 3, 4, 5].map(() => stage.connectTo(proxy)))
      proxy.on(/1/, delay(60_000))
      proxy.on(/2/, holdUntil(new Promise(() => {})))
      proxy.on(/3/, cutAfterForward({ ms: 60_000 }))
      proxy.on(/4/, delayReply(60_000))
      proxy.session(String(clients[5]!.threadId))!.setLatency(60_000)
      const failures = clients.map((client, index) =>
        assert.rejects(client.query(`SELECT ${index}, SLEEP(${index === 4 ? 0 : 1})`)),
      )
      await eventually(() => proxy.statements.length === 6, 'all queries seen')
      await sleep(50)
      proxy.freeze()
      await proxy.close()
      await Promise.all(failures)
      await eventually(() => resources().length <= before.length, `${resources().join()} as before: ${before.join()}`)
      await assert.rejects(stage.connectTo(proxy), { code: 'ECONNREFUSED' })
    })
  })
}

function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|Timeout|Pipe)/.test(name))
}
