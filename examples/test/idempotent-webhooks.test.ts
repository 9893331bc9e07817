import assert from 'node:assert/strict'
import { FLAVOURS } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, Example } from './example.js'

const PROCESSES = 3

for (const flavour of FLAVOURS) {
  describe(`Idempotent webhooks on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
    })
    beforeEach(async () => {
      await database.pool.query('DROP TABLE IF EXISTS payments, webhook_events, mails')
      await database.pool.query(
        'CREATE TABLE payments (id VARCHAR(64) PRIMARY KEY, version INT NOT NULL, status VARCHAR(32) NOT NULL)',
      )
      await database.pool.query("INSERT INTO payments VALUES ('payment 7', 0, 'expected')")
    })
    afterEach(endExamples)
    after(() => database.close())

    const start = (processes: number, unlocked: boolean): Example[] =>
      Array.from({ length: processes }, () => new Example('idempotent-webhooks', { url: database.prismaUrl, unlocked }))

    it('takes each event in once, in whatever order they come, and mails once', async () => {
      await using gate = await database.closeGate('SELECT * FROM payments')
      const processes = start(PROCESSES, false)
      await gate.reachedBy(1)
      await database.lockAwaitedBy(PROCESSES - 1)
      await gate.open()
      const lines = (await Promise.all(processes.map((process) => process.succeeded()))).flatMap((output) =>
        output.trim().split('\n'),
      )
      const times = (line: string): number => lines.filter((candidate) => candidate === line).length
      assert.equal(lines.length, 3 * PROCESSES)
      assert.equal(times('event 2: applied'), 1)
      assert.equal(times('event 2: seen before'), 2 * PROCESSES - 1)
      assert.equal(times('event 1: out of date'), 1)
      assert.equal(times('event 1: seen before'), PROCESSES - 1)
      assert.deepEqual(await database.rows('SELECT version, status FROM payments'), [{ version: 2, status: 'paid' }])
      assert.equal((await database.rows('SELECT * FROM mails')).length, 1)
    })

    if (flavour !== 'mysql') return

    it('without the lock an event that comes twice at once is an error', async () => {
      await using gate = await database.closeGate('SELECT * FROM payments')
      const processes = start(2, true)
      // One waits for the payment, the other one for whether the first one's event is to be there.
      await gate.reachedBy(2)
      await gate.open()
      const ended = await Promise.all(processes.map((process) => process.ended))
      assert.ok(ended.some(({ code, output }) => code !== 0 && output.includes('Unique constraint failed')))
    })
  })
}
