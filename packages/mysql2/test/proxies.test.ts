import assert from 'node:assert/strict'
import { type SplittingMode, startSplittingProxy } from '@ormutex/testkit/splitting-proxy'
import { sharedServer } from '@ormutex-test/servers'
import type { PoolLocks } from '@ormutex/mysql2'
import type { Pool } from 'mysql2/promise'
import { FLAVOURS, withLocks } from './opened.js'

const REFUSED = { code: 'LOCK_UNSUPPORTED', message: /^A proxy between here and the server/ }

for (const flavour of FLAVOURS) {
  /** Runs a test with a pool that goes through a proxy. */
  const behind = async (mode: SplittingMode, test: (locks: PoolLocks) => Promise<void>, connectionLimit = 5) => {
    const proxy = await startSplittingProxy({ ...(await sharedServer(flavour)), mode })
    try {
      const opened = async (locks: PoolLocks, pool: Pool): Promise<void> => {
        await openAll(pool, connectionLimit)
        await test(locks)
      }
      await withLocks(flavour, opened, { pool: { host: proxy.host, port: proxy.port, connectionLimit } })
    } finally {
      await proxy.close()
    }
  }

  describe(`a proxy in front of ${flavour}`, () => {
    for (const mode of ['statement', 'transaction'] as const) {
      it(`that gives each ${mode} a session is refused at first use`, async () => {
        await behind(mode, async (locks) => {
          await assert.rejects(
            locks.withNamedLock('a', () => assert.fail('ran')),
            REFUSED,
          )
          await assert.rejects(locks.acquireNamedLock('a'), REFUSED)
        })
      })
    }

    it('that gives each statement a session is found by a pool of one connection, too', async () => {
      await behind('statement', (locks) => assert.rejects(locks.acquireNamedLock('a'), REFUSED), 1)
    })

    it('that keeps a session for whoever has a lock is none to care about', async () => {
      await behind('pinned', async (locks) => {
        await using lock = await locks.acquireNamedLock('pinned')
        assert.equal((await locks.namedLockHolder('pinned'))?.sessionId, lock.sessionId)
        assert.equal(await locks.tryAcquireNamedLock('pinned'), null)
        assert.deepEqual(await locks.withNamedLock('other', async (_, other) => other.name), 'other')
      })
    })
  })
}

/** Opens all connections of a pool: what one alone does not show is found out with a second one, if there is one soon. */
async function openAll(pool: Pool, connectionLimit: number): Promise<void> {
  const connections = await Promise.all(Array.from({ length: connectionLimit }, () => pool.getConnection()))
  for (const connection of connections) connection.release()
}
