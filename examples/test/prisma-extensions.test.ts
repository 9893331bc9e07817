import assert from 'node:assert/strict'
import { FLAVOURS } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, runExamples } from './example.js'
import { meetAt } from './meet-at.js'

const PROCESSES = 2

for (const flavour of FLAVOURS) {
  describe(`Prisma with other extensions on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
    })
    afterEach(endExamples)
    after(() => database.close())

    it(`has all of them under the lock: ${PROCESSES} processes spend no credit twice`, async () => {
      const outputs = await meetAt('customer:1', PROCESSES, database, () =>
        runExamples(PROCESSES, 'prisma-extensions', { url: database.prismaUrl }),
      )
      const paid = outputs.map((output) => Number(/Paid (\d+) times/.exec(output)?.[1]))
      assert.equal(
        paid.reduce((sum, times) => sum + times),
        8,
      )
      assert.deepEqual(await database.rows('SELECT id, credit FROM customers'), [
        { id: 1, credit: 0 },
        // Deleted, so the extension hides its credit.
        { id: 2, credit: 80 },
      ])
      assert.deepEqual(
        await database.rows('SELECT customer_id, COUNT(*) AS entries FROM audit_entries GROUP BY customer_id'),
        [{ customer_id: 1, entries: 8 }],
      )
    })
  })
}
