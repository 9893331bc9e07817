import assert from 'node:assert/strict'
import { FLAVOURS, until } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, Example } from './example.js'

const HOSTS = 5

for (const flavour of FLAVOURS) {
  describe(`One job per cluster on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
      await database.pool.query('CREATE TABLE job_runs (job VARCHAR(64) PRIMARY KEY, period VARCHAR(32) NOT NULL)')
      await database.pool.query(
        'CREATE TABLE sent_invoices (id INT AUTO_INCREMENT PRIMARY KEY, day VARCHAR(32) NOT NULL)',
      )
    })
    beforeEach(async () => {
      await database.pool.query("REPLACE INTO job_runs VALUES ('invoices', 'yesterday')")
      await database.pool.query('DELETE FROM sent_invoices')
    })
    afterEach(endExamples)
    after(() => database.close())

    const start = (hosts: number, unlocked = false): Example[] =>
      Array.from({ length: hosts }, () => new Example('one-job-per-cluster', { url: database.url, unlocked }))

    const outcomesOf = (hosts: readonly Example[]): Promise<string[]> =>
      Promise.all(hosts.map(async (host) => (await host.succeeded()).replace(/.*: /, '').trim()))

    it(`runs it on one of ${HOSTS} hosts, and never again for that day`, async () => {
      await using gate = await database.closeGate('SELECT * FROM job_runs')
      const hosts = start(HOSTS)
      await gate.reachedBy(1)
      // Who comes only when it is done is told that.
      await until('the others have ended', () => hosts.filter(({ child }) => child.exitCode === null).length === 1)
      assert.deepEqual(await outcomesOf(start(1)), ['being done elsewhere'])
      await gate.open()
      const outcomes = await outcomesOf(hosts)
      assert.deepEqual(outcomes.toSorted(), [...Array(HOSTS - 1).fill('being done elsewhere'), 'done'])
      // The clock of this host is slow.
      assert.deepEqual(await outcomesOf(start(1)), ['done before'])
      assert.equal((await database.rows('SELECT * FROM sent_invoices')).length, 1)
    })

    if (flavour !== 'mysql') return

    it('without the lock it runs on each of them', async () => {
      await using gate = await database.closeGate('SELECT * FROM job_runs')
      const hosts = start(2, true)
      await gate.reachedBy(2)
      await gate.open()
      assert.deepEqual(await outcomesOf(hosts), ['done', 'done'])
      assert.equal((await database.rows('SELECT * FROM sent_invoices')).length, 2)
    })
  })
}
