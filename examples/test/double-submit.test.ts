import assert from 'node:assert/strict'
import { FLAVOURS } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, Example } from './example.js'

const PROCESSES = 3

for (const flavour of FLAVOURS) {
  describe(`Double submit on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
    })
    beforeEach(async () => {
      await database.pool.query('DROP TABLE IF EXISTS orders')
      await run('another-form')
    })
    afterEach(endExamples)
    after(() => database.close())

    const start = (processes: number, unlocked = false): Example[] =>
      Array.from({ length: processes }, () => new Example('double-submit', { url: database.url, unlocked }))

    /** @returns what it printed */
    const run = (...args: string[]): Promise<string> =>
      new Example('double-submit', { url: database.url, args }).succeeded()

    it('makes one order and charges once, and tells every click of it', async () => {
      // What it locks reaches beyond the last order, to where a new one goes.
      await using gate = await database.closeGate('SELECT * FROM orders')
      const processes = start(PROCESSES)
      await gate.reachedBy(1)
      await database.lockAwaitedBy(PROCESSES - 1)
      await gate.open()
      const lines = (await Promise.all(processes.map((process) => process.succeeded()))).flatMap((output) =>
        output.trim().split('\n'),
      )
      const [order] = (await database.rows("SELECT id FROM orders WHERE requestId = 'a-form'")) as { id: number }[]
      assert.deepEqual(lines.toSorted(), [
        'charged the card',
        ...Array(2 * PROCESSES - 1).fill(`order ${order!.id}, as before`),
        `order ${order!.id}, new`,
      ])
    })

    it('gives a customer no order of another one, nor of an id that differs in case', async () => {
      const outputs = [await run('a-form', '7'), await run('a-form', '8'), await run('A-form', '7')]
      for (const output of outputs) assert.match(output, /, new$/m)
      assert.match(await run('a-form', '7'), /^(order \d+, as before\n){2}$/)
      assert.deepEqual(await database.rows('SELECT customerId, requestId FROM orders ORDER BY id'), [
        { customerId: 7, requestId: 'another-form' },
        { customerId: 7, requestId: 'a-form' },
        { customerId: 8, requestId: 'a-form' },
        { customerId: 7, requestId: 'A-form' },
      ])
    })

    it('charges nothing for an id that the column would not keep', async () => {
      for (const id of ['a'.repeat(65), 'a-form ', 'ä']) {
        const { code, output } = await new Example('double-submit', { url: database.url, args: [id] }).ended
        assert.equal(code, 1)
        assert.match(output, /RangeError: requestId must be/)
        assert.doesNotMatch(output, /charged/)
      }
      assert.match(await run('a'.repeat(64), '2147483647'), /, new$/m)
    })

    it('from two processes of plain JavaScript it charges once, and answers both requests with the same order', async () => {
      await using gate = await database.closeGate('SELECT * FROM orders')
      const shops = await twoShops(database.url)
      const answers = shops.map((shop) => shop.order('a-form'))
      await gate.reachedBy(1)
      await database.lockAwaitedBy(1)
      await gate.open()
      const [one, other] = await Promise.all(answers)
      assert.equal(one!.status, 200)
      assert.deepEqual(one, other)
      assert.equal(await chargesOf(shops), 1)
    })

    if (flavour !== 'mysql') return

    it('from two processes of plain JavaScript without the lock it charges twice', async () => {
      await using gate = await database.closeGate('SELECT * FROM orders')
      const shops = await twoShops(database.url, true)
      const answers = shops.map((shop) => shop.order('a-form'))
      await gate.reachedBy(2)
      await gate.open()
      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      assert.deepEqual(
        statuses.toSorted((a, b) => a - b),
        [200, 500],
      )
      assert.equal(await chargesOf(shops), 2)
    })

    it('without the lock every process charges, though the unique index lets one order in', async () => {
      await using gate = await database.closeGate('SELECT * FROM orders')
      const processes = start(2, true)
      await gate.reachedBy(2)
      await gate.open()
      const ended = await Promise.all(processes.map((process) => process.ended))
      assert.equal(ended.filter(({ code }) => code === 0).length, 1)
      assert.ok(ended.every(({ output }) => output.startsWith('charged the card\n')))
      assert.equal((await database.rows("SELECT * FROM orders WHERE requestId = 'a-form'")).length, 1)
    })
  })
}

interface Shop {
  readonly example: Example
  /** As a browser sends it. */
  order(requestId: string): Promise<{ status: number; body: string }>
}

/** The program of `double-charge.cjs`, listening. */
function twoShops(url: string, unlocked = false): Promise<Shop[]> {
  const start = async (): Promise<Shop> => {
    const example = new Example('double-charge.cjs', { url, unlocked, env: { PORT: '0' } })
    const [, port] = await example.printed(/^Listening .*?(\d+)$/m)
    return {
      example,
      order: async (requestId) => {
        const headers = { 'Idempotency-Key': requestId, Connection: 'close' }
        const response = await fetch(`http://127.0.0.1:${port}/orders`, { method: 'POST', headers })
        return { status: response.status, body: await response.text() }
      },
    }
  }
  return Promise.all([start(), start()])
}

/** Tells them to end, and counts what they printed. */
async function chargesOf(shops: readonly Shop[]): Promise<number> {
  for (const { example } of shops) example.child.kill('SIGTERM')
  const outputs = await Promise.all(shops.map(({ example }) => example.succeeded()))
  return outputs.join('').match(/^charged the card/gm)?.length ?? 0
}
