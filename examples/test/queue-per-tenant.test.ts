import assert from 'node:assert/strict'
import { FLAVOURS, until } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, Example } from './example.js'

const WORKERS = 3
const TENANTS = ['red', 'blue', 'green']
const JOBS_EACH = 3

for (const flavour of FLAVOURS) {
  describe(`Queue per tenant on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
      await database.pool.query(
        'CREATE TABLE jobs (id INT AUTO_INCREMENT PRIMARY KEY, tenant VARCHAR(64) NOT NULL, done_by INT)',
      )
      await database.pool.query('CREATE TABLE steps (id INT AUTO_INCREMENT PRIMARY KEY, job INT NOT NULL)')
    })
    beforeEach(async () => {
      await database.pool.query('DELETE FROM steps')
      await database.pool.query('TRUNCATE jobs')
      const tenants = Array.from({ length: JOBS_EACH }, () => TENANTS).flat()
      await database.pool.query('INSERT INTO jobs (tenant) VALUES ?', [tenants.map((tenant) => [tenant])])
    })
    afterEach(endExamples)
    after(() => database.close())

    const start = (workers: number, unlocked = false): Example[] =>
      Array.from({ length: workers }, () => new Example('queue-per-tenant', { url: database.url, unlocked }))

    const doneOf = async (tenant: string): Promise<number[]> => {
      const rows = await database.rows(
        'SELECT job FROM steps JOIN jobs ON jobs.id = steps.job WHERE tenant = ? ORDER BY steps.id',
        [tenant],
      )
      return rows.map((row) => (row as { job: number }).job)
    }

    it('does each job once and in order, and a slow tenant keeps no other waiting', async () => {
      await using gate = await database.closeGate('SELECT * FROM jobs WHERE id = 1')
      const workers = start(WORKERS)
      await gate.reachedBy(1)
      await until('the others are done', async () => {
        const pending = await database.rows("SELECT id FROM jobs WHERE tenant <> 'red' AND done_by IS NULL")
        return pending.length === 0
      })
      assert.equal((await database.rows('SELECT id FROM jobs WHERE done_by IS NULL')).length, JOBS_EACH)
      await gate.open()
      const outputs = await Promise.all(workers.map((worker) => worker.succeeded()))
      assert.equal(
        outputs.reduce((sum, output) => sum + Number.parseInt(output, 10), 0),
        TENANTS.length * JOBS_EACH,
      )
      assert.deepEqual(await doneOf('red'), [1, 4, 7])
      assert.deepEqual(await doneOf('blue'), [2, 5, 8])
      assert.deepEqual(await doneOf('green'), [3, 6, 9])
    })

    describe('SELECT … FOR UPDATE SKIP LOCKED instead', () => {
      it('on the jobs hands out two jobs of one tenant at once', async () => {
        await using _first = await database.closeGate('SELECT * FROM jobs WHERE id = 1')
        const next = "SELECT id FROM jobs WHERE tenant = 'red' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
        assert.deepEqual(await database.rows(next), [{ id: 4 }])
      })

      it('on the tenants keeps those waiting who insert a job for one', async () => {
        await database.pool.query('CREATE TABLE tenants (id INT PRIMARY KEY)')
        await database.pool.query('INSERT INTO tenants VALUES (1), (2)')
        await database.pool.query(
          'CREATE TABLE tasks (tenant_id INT NOT NULL, FOREIGN KEY (tenant_id) REFERENCES tenants (id))',
        )
        await using gate = await database.closeGate('SELECT * FROM tenants WHERE id = 1')
        assert.deepEqual(await database.rows('SELECT id FROM tenants FOR UPDATE SKIP LOCKED'), [{ id: 2 }])
        const insert = database.pool.query('INSERT INTO tasks VALUES (1)')
        await gate.reachedBy(1)
        await gate.open()
        await insert
      })
    })

    if (flavour !== 'mysql') return

    it('without the lock every worker does the same job', async () => {
      await using gate = await database.closeGate('SELECT * FROM jobs WHERE id = 1')
      const workers = start(2, true)
      await gate.reachedBy(2)
      await gate.open()
      await Promise.all(workers.map((worker) => worker.succeeded()))
      assert.deepEqual((await doneOf('red')).slice(0, 2), [1, 1])
    })
  })
}
