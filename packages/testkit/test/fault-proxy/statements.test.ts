import assert from 'node:assert/strict'
import { answerNothing, delay, fail, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { serverKinds, sharedServer } from './support/server.js'
import { Stage } from './support/stage.js'
import { eventually, isPendingAfter } from './support/timing.js'

const refused = fail({ errno: 1205, sqlState: 'HY000', message: 'first' })
const refusedAgain = fail({ errno: 1213, sqlState: '40001', message: 'second' })

for (const kind of serverKinds) {
  describe(`statements on ${kind}`, function () {
    this.timeout(60_000)
    let stage: Stage
    beforeEach(async () => {
      stage = await Stage.set(kind)
    })
    afterEach(() => stage.strike())

    it('are seen in order, with the SQL of what was prepared', async () => {
      const client = await stage.connect()
      const start = performance.now()
      await client.query('SELECT 1, 2')
      await client.execute('SELECT ? AS ünïcode', [3])
      await client.execute('SELECT ? AS ünïcode', [4])
      await client.ping()
      await client.end()
      await eventually(() => stage.proxy.statements.some((statement) => statement.kind === 'quit'), 'QUIT seen')
      assert.deepEqual(
        stage.proxy.statements.map((statement) => [statement.connection, statement.kind, statement.sql]),
        [
          [1, 'query', 'SELECT 1, 2'],
          [1, 'prepare', 'SELECT ? AS ünïcode'],
          [1, 'execute', 'SELECT ? AS ünïcode'],
          [1, 'execute', 'SELECT ? AS ünïcode'],
          [1, 'ping', 'PING'],
          [1, 'quit', 'QUIT'],
        ],
      )
      const times = [start, ...stage.proxy.statements.map(({ at }) => at), performance.now()]
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
    })

    it('are told apart by connection', async () => {
      const [first, second] = [await stage.connect(), await stage.connect()]
      await second.query('SELECT 2')
      await first.query('SELECT 1')
      assert.deepEqual(
        stage.proxy.statements.map((statement) => [statement.connection, statement.sql]),
        [
          [2, 'SELECT 2'],
          [1, 'SELECT 1'],
        ],
      )
    })

    it('are forgotten by clear()', async () => {
      const client = await stage.connect()
      await client.query('SELECT 1')
      stage.proxy.clear()
      await client.query('SELECT 2')
      assert.deepEqual(
        stage.proxy.statements.map(({ sql }) => sql),
        ['SELECT 2'],
      )
    })

    it('are not kept by a proxy that is not to record, and still meet its rules', async () => {
      const { host, port } = await sharedServer(kind)
      const proxy = await startFaultProxy({ host, port, record: false })
      try {
        const client = await stage.connectTo(proxy)
        const rule = proxy.on(/1$/, refused)
        await assert.rejects(client.query('SELECT 1'), { errno: 1205 })
        assert.equal((await rule.hit()).sql, 'SELECT 1')
        assert.deepEqual(proxy.statements, [])
      } finally {
        await proxy.close()
      }
    })

    it('meet the first rule that matches and is not spent', async () => {
      const client = await stage.connect()
      const first = stage.proxy.on(/^SELECT/, refused)
      const second = stage.proxy.on(/1$/, refusedAgain, { times: 2 })
      await assert.rejects(client.query('SELECT 1'), { errno: 1205 })
      await assert.rejects(client.query('SELECT 1'), { errno: 1213 })
      await client.query('SELECT 2')
      await assert.rejects(client.query('SELECT 1'), { errno: 1213 })
      await client.query('SELECT 1')
      assert.deepEqual([first.hits, second.hits], [1, 2])
    })

    it('meet a rule without end until it is removed, whatever the flags of its pattern', async () => {
      const client = await stage.connect()
      const rule = stage.proxy.on(/select/gi, refused, { times: Infinity })
      for (let left = 3; left > 0; left--) await assert.rejects(client.query('SELECT 1'), { errno: 1205 })
      rule.remove()
      await client.query('SELECT 1')
      assert.equal(rule.hits, 3)
    })

    it('meet a rule for one connection only there', async () => {
      const [first, second] = [await stage.connect(), await stage.connect()]
      stage.proxy.on(/./, refused, { connection: 2 })
      await first.query('SELECT 1')
      await assert.rejects(second.query('SELECT 1'), { errno: 1205 })
    })

    it('meet a rule when executed, and when prepared only if the rule says so', async () => {
      const client = await stage.connect()
      stage.proxy.on(/SELECT/, refused)
      await assert.rejects(client.execute('SELECT ?', [1]), { errno: 1205 })
      assert.deepEqual(
        stage.proxy.statements.map((statement) => statement.kind),
        ['prepare', 'execute'],
      )
      stage.proxy.clear()
      stage.proxy.on(/SELECT/, refused, { kind: 'prepare' })
      await client.query('SELECT 1')
      await assert.rejects(client.execute('SELECT ? + 1', [1]), { errno: 1205 })
      assert.deepEqual(
        stage.proxy.statements.map((statement) => statement.kind),
        ['query', 'prepare'],
      )
    })

    it('resolve hit() of a rule, whether it is asked before or after', async () => {
      const client = await stage.connect()
      const rule = stage.proxy.on(/2/, delay(0), { times: 2 })
      assert.ok(await isPendingAfter(20, rule.hit()))
      await client.query('SELECT 1')
      assert.ok(await isPendingAfter(20, rule.hit()))
      const hit = rule.hit()
      await client.query('SELECT 2')
      await client.query('SELECT 22')
      assert.equal((await hit).sql, 'SELECT 2')
      assert.equal(await rule.hit(), stage.proxy.statements[1])
    })

    it('include pings, for rules too', async () => {
      const client = await stage.connect()
      stage.proxy.on(/^PING$/, answerNothing())
      assert.ok(await isPendingAfter(50, client.ping()))
    })
  })
}
