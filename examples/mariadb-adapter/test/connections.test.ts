import assert from 'node:assert/strict'
import { type LockingPool, namedLocks } from '@ormutex-example/mariadb-adapter'
import { sharedServer } from '@ormutex-test/servers'
import { createPool, type Pool } from 'mariadb'

/** What the conformance suite cannot know of: it drives every ORM in the same way. */
describe('connections of a pool with named locks', () => {
  let pool: LockingPool<Pool>
  let other: LockingPool<Pool>

  const open = async (): Promise<LockingPool<Pool>> => {
    const { host, port, user, password, database } = await sharedServer('mariadb')
    return namedLocks(createPool({ host, port, user, password, database, connectionLimit: 2, minimumIdle: 0 }))
  }

  before(async function () {
    this.timeout(600_000)
    pool = await open()
    other = await open()
    await other.query('CREATE TABLE IF NOT EXISTS notes (id INT PRIMARY KEY) ENGINE = InnoDB')
  })
  after(() => Promise.all([pool.end(), other.end()]))

  const isFree = async (): Promise<boolean> => {
    const lock = await other.tryAcquireNamedLock('a')
    await lock?.release()
    return lock !== null
  }

  for (const method of ['release', 'end', 'close', 'reset', 'changeUser'] as const) {
    it(`roll back and let go of their locks with ${method}()`, async () => {
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      await connection.withNamedLock('a', () => connection.query('INSERT INTO notes VALUES (1)'))
      assert.equal(await isFree(), false)
      await connection[method]()
      assert.equal(await isFree(), true)
      assert.deepEqual(await other.query('SELECT * FROM notes'), [])
      await connection.release()
      assert.equal(pool.activeConnections(), 0)
    })
  }

  for (const statement of ['COMMIT', 'ROLLBACK']) {
    it(`let go of their locks with a ${statement} of the application's own, and not with a savepoint's`, async () => {
      const connection = await pool.getConnection()
      await connection.query('START TRANSACTION')
      await connection.query('SAVEPOINT s')
      await connection.withNamedLock('a', () => {})
      await connection.query('ROLLBACK TO SAVEPOINT s')
      assert.equal(await isFree(), false)
      await connection.query({ sql: statement })
      assert.equal(await isFree(), true)
      await connection.release()
    })
  }

  it('take no lock without a transaction', async () => {
    const connection = await pool.getConnection()
    const call = connection.withNamedLock('a', () => assert.fail('ran'))
    await assert.rejects(call, { code: 'LOCK_NO_TRANSACTION', message: /beginTransaction\(\)/ })
    await connection.release()
  })

  it('are not to be given away by a callback, nor used after it', async () => {
    const kept = await pool.withNamedLock('a', async (connection) => {
      for (const method of ['release', 'end', 'close', 'reset', 'changeUser', 'beginTransaction'] as const)
        await assert.rejects(connection[method](), TypeError)
      await assert.rejects(connection.prepare('SELECT 1'), /execute\(\)/)
      return { connection }
    })
    await assert.rejects(kept.connection.query('SELECT 1'), /the callback has ended/)
    await assert.rejects(
      kept.connection.withNamedLock('a', () => assert.fail('ran')),
      /the callback has ended/,
    )
  })

  it('are begun at no level but those that there are', async () => {
    const isolationLevel = 'NONE; DROP TABLE notes' as never
    await assert.rejects(
      pool.withNamedLock('a', () => assert.fail('ran'), { isolationLevel }),
      RangeError,
    )
  })

  it('are of a pool of this connector, which has named locks once', () => {
    for (const none of [undefined, {}, { getConnection() {} }, 'pool'])
      assert.throws(() => namedLocks(none as never), /needs a promise pool of the mariadb connector/)
    assert.throws(() => namedLocks(pool), /already has named locks/)
  })
})
