import assert from 'node:assert/strict'
import { FLAVOURS } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, runExamples } from './example.js'
import { meetAt } from './meet-at.js'

const PROCESSES = 3

for (const flavour of FLAVOURS) {
  describe(`Sequelize hooks on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
    })
    afterEach(endExamples)
    after(() => database.close())

    it(`number the invoices of ${PROCESSES} processes without a gap, and say when there is no transaction`, async () => {
      const outputs = await meetAt('invoice-numbers', PROCESSES, database, () =>
        runExamples(PROCESSES, 'sequelize-hooks', { url: database.url }),
      )
      for (const output of outputs) assert.match(output, /^LOCK_NO_TRANSACTION: beforeCreate of Invoice takes a lock/m)
      assert.deepEqual(
        await database.rows('SELECT number FROM invoices ORDER BY number'),
        Array.from({ length: PROCESSES * 5 }, (_, index) => ({ number: index + 1 })),
      )
    })
  })
}
