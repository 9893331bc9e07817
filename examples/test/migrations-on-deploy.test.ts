import assert from 'node:assert/strict'
import { FLAVOURS } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, runExamples } from './example.js'
import { meetAt } from './meet-at.js'

const HOSTS = 3

for (const flavour of FLAVOURS) {
  describe(`Migrations on deploy on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
    })
    afterEach(endExamples)
    after(() => database.close())

    it(`are run once by ${HOSTS} hosts that start at once, and none of them fails`, async () => {
      const outputs = await meetAt('deploy', HOSTS, database, () =>
        runExamples(HOSTS, 'migrations-on-deploy', { url: database.url }),
      )
      assert.deepEqual(outputs.toSorted(), [
        'Migrated: 2026-11-01-budgets, 2026-11-02-first-budget\nStarting\n',
        ...Array.from({ length: HOSTS - 1 }, () => 'Nothing to migrate\nStarting\n'),
      ])
      assert.deepEqual(await database.rows('SELECT amount FROM budgets'), [{ amount: 100 }])
    })
  })
}
