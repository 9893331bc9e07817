import assert from 'node:assert/strict'
import { FLAVOURS } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, Example } from './example.js'

const PROCESSES = 3

for (const flavour of FLAVOURS) {
  describe(`Quick starts on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await Database.open(flavour)
      await database.pool.query('CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
    })
    beforeEach(() => database.pool.query('REPLACE INTO accounts VALUES (42, 100)'))
    afterEach(endExamples)
    after(() => database.close())

    function start(processes: number, orm: string, unlocked = false): Promise<string>[] {
      const url = orm === 'prisma' ? database.prismaUrl : database.url
      return Array.from({ length: processes }, () => new Example(`quick-start/${orm}`, { url, unlocked }).succeeded())
    }

    for (const orm of ['knex', 'sequelize', 'prisma', 'mysql2']) {
      it(`${orm}: ${PROCESSES} processes at once, and no update is lost`, async () => {
        await using gate = await database.closeGate('SELECT * FROM accounts')
        const processes = start(PROCESSES, orm)
        await gate.reachedBy(1)
        await database.lockAwaitedBy(PROCESSES - 1)
        await gate.open()
        assert.deepEqual((await Promise.all(processes)).toSorted(), ['70 left\n', '80 left\n', '90 left\n'])
        assert.deepEqual(await database.rows('SELECT balance FROM accounts'), [{ balance: 70 }])
      })
    }

    // Once is enough to show what the gate above would let happen.
    if (flavour !== 'mysql') return

    it('without the lock they all read the same, and updates are lost', async () => {
      await using gate = await database.closeGate('SELECT * FROM accounts')
      const processes = start(2, 'mysql2', true)
      await gate.reachedBy(2)
      await gate.open()
      assert.deepEqual(await Promise.all(processes), ['90 left\n', '90 left\n'])
    })
  })
}
