import assert from 'node:assert/strict'
import { namedLocks } from '@ormutex/mysql2'
import { type Flavour, FLAVOURS, type PeerServer, startPeer } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, Example } from './example.js'

/** How many charges each process makes. */
const CHARGES = 25

async function openAccount(flavour: Flavour): Promise<Database> {
  const database = await Database.open(flavour)
  await database.pool.query('CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
  return database
}

/** Runs processes of several generations at once, each of which reads, decides and writes. */
async function sideBySide(database: Database, name: string, ways: readonly string[], redisUrl = ''): Promise<void> {
  await database.pool.query('REPLACE INTO accounts VALUES (42, 0)')
  const env = { REDIS_URL: redisUrl }
  await Promise.all(ways.map((way) => new Example(name, { url: database.url, env, args: [way] }).succeeded()))
  assert.deepEqual(await database.rows('SELECT balance FROM accounts'), [{ balance: -CHARGES * ways.length }])
}

for (const flavour of FLAVOURS) {
  describe(`Moving from GET_LOCK by hand, on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database

    before(async () => {
      database = await openAccount(flavour)
    })
    afterEach(endExamples)
    after(() => database.close())

    it('GET_LOCK by hand and exactName exclude each other: no update is lost', () =>
      sideBySide(database, 'moving-get-lock', ['old', 'old', 'beside', 'beside']))

    // From here on it is the library on both sides, whatever the server.
    if (flavour === 'mysql') {
      for (const [what, ways] of [
        ['exactName and both names', ['beside', 'both']],
        ['both names and the new one', ['both', 'after']],
      ] as const) {
        it(`${what} exclude each other: no update is lost`, () => sideBySide(database, 'moving-get-lock', ways))
      }
    }

    it('has names by hand in one case or the other', async () => {
      const locks = namedLocks(database.pool, { namespace: 'shop' })
      const connection = await database.pool.getConnection()
      await connection.query("DO GET_LOCK('Account:42', 0)")
      const lock = await locks.tryAcquireNamedLock('account:42', { exactName: true })
      const holder = await locks.namedLockHolder('account:42', { exactName: true })
      // MySQL compares names without regard to case, MariaDB compares bytes.
      if (flavour === 'mysql') assert.equal(lock, null)
      else assert.notEqual(lock, null)
      assert.equal(holder?.sessionId, lock === null ? String(connection.threadId) : lock.sessionId)
      await lock?.release()
      connection.destroy()
    })
  })
}

describe('Moving from redlock', function () {
  this.timeout(60_000)
  let database: Database
  let redis: PeerServer

  before(async () => {
    redis = await startPeer('redis')
    database = await openAccount('mysql')
  })
  afterEach(endExamples)
  after(async () => {
    await database.close()
    await redis.stop()
  })

  for (const [what, ways] of [
    ['redlock and both locks', ['old', 'old', 'both']],
    ['both locks and the named one', ['both', 'after', 'after']],
  ] as const) {
    it(`${what} exclude each other: no update is lost`, () => sideBySide(database, 'moving-redlock', ways, redis.url))
  }
})
