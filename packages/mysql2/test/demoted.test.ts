import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer, type TestServer, until } from '@ormutex-test/servers'
import { type LockLostError, type LockUnsupportedError, namedLocks, type PoolLocks } from '@ormutex/mysql2'
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise'
import { FLAVOURS, withLocks } from './opened.js'

const REFUSED = {
  code: 'LOCK_UNSUPPORTED',
  message: /read-only \((?:(?:super_)?read_only is on|it takes no writes any more)\)/,
}

for (const flavour of FLAVOURS) {
  describe(`a server that stops taking writes, ${flavour}`, () => {
    let server: TestServer
    let pool: Pool
    let locks: PoolLocks
    const set = (readOnly: 'ON' | 'OFF') => pool.query(`SET GLOBAL read_only = ${readOnly}`)

    before(async () => {
      server = await startServer(flavour)
      pool = createPool({ ...accessOf(server), connectionLimit: 5 })
      locks = namedLocks(pool)
    })
    afterEach(() => set('OFF'))
    after(async () => {
      await pool.end()
      await server.stop()
    })

    it('refuses the next lock with the answer to GET_LOCK, and takes locks again when it takes writes again', async () => {
      await locks.withNamedLock('a', () => 1)
      await set('ON')
      // Once in answer to GET_LOCK, then before it.
      for (let count = 0; count < 2; count += 1)
        await assert.rejects(
          locks.withNamedLock('a', () => assert.fail('ran')),
          REFUSED,
        )
      await set('OFF')
      assert.equal(await locks.withNamedLock('a', () => 1), 1)
    })

    it('refuses who waited for a lock meanwhile, and leaves nothing locked', async () => {
      const other = createPool({ ...accessOf(server), connectionLimit: 2 })
      try {
        const held = await namedLocks(other).acquireNamedLock('b')
        const waiting = assert.rejects(
          locks.withNamedLock('b', () => assert.fail('ran')),
          REFUSED,
        )
        await untilSomebodyWaits(other)
        await set('ON')
        await held.release()
        await waiting
        const [rows] = await other.query<RowDataPacket[]>('SELECT IS_FREE_LOCK(?) AS isFree', [held.key])
        assert.equal(rows[0]?.['isFree'], 1)
      } finally {
        await other.end()
      }
    })

    it('is told to who holds a lock without a transaction, by the next sign of life', async () => {
      const lock = await locks.acquireNamedLock('c', { keepAliveMs: 100 })
      const lost = once(lock.signal, 'abort')
      await set('ON')
      await lost
      const { code, cause } = lock.signal.reason as LockLostError
      assert.deepEqual([code, (cause as LockUnsupportedError).code], ['LOCK_LOST', 'LOCK_UNSUPPORTED'])
      assert.match((cause as LockUnsupportedError).message, /it takes no writes any more/)
    })
  })

  describe(`an application's transaction, ${flavour}`, () => {
    it('is asked for signs of life without a statement that would change what its own one left', async () => {
      await withLocks(flavour, async (locks) => {
        await locks.withNamedLock(
          'found rows',
          async (connection) => {
            await connection.query(
              'SELECT SQL_CALC_FOUND_ROWS n FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) AS t LIMIT 1',
            )
            await sleep(350)
            const [rows] = await connection.query<RowDataPacket[]>('SELECT FOUND_ROWS() AS found')
            assert.equal(rows[0]?.['found'], 3)
          },
          { keepAliveMs: 100 },
        )
      })
    })
  })
}

function accessOf({ host, port, user, password, database }: TestServer) {
  return { host, port, user, password, database }
}

function untilSomebodyWaits(pool: Pool): Promise<void> {
  const waits = "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'"
  return until('somebody waits', async () => (await pool.query<RowDataPacket[]>(waits))[0].length > 0, 10_000)
}
