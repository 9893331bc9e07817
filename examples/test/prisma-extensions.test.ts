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
      await database.pool.query(
        'CREATE TABLE customers (id INT PRIMARY KEY, credit INT NOT NULL, deleted_at DATETIME(3) NULL)',
      )
      await database.pool.query(
        'CREATE TABLE audit_entries (id INT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, `change` INT NOT NULL)',
      )
    })
    afterEach(endExamples)
    after(() => database.close())

    it(`has all of them under the lock: ${PROCESSES} processes spend no credit twice`, async () => {
      // The second is deleted, so the extension hides its credit.
      await database.pool.query('INSERT INTO customers VALUES (1, 80, NULL), (2, 80, NOW())')
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
        { id: 2, credit: 80 },
      ])
      assert.deepEqual(
        await database.rows('SELECT customer_id, COUNT(*) AS entries FROM audit_entries GROUP BY customer_id'),
        [{ customer_id: 1, entries: 8 }],
      )
    })
  })
}
