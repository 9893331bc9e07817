import assert from 'node:assert/strict'
import { type SplittingMode, startSplittingProxy } from '@ormutex/testkit/splitting-proxy'
import { sharedServer } from '@ormutex-test/servers'
import type { LockingKnex } from '@ormutex/knex'
import type { Knex } from 'knex'
import { configFor, FLAVOURS, withKnex } from './opened.js'

const REFUSED = { code: 'LOCK_UNSUPPORTED', message: /^A proxy between here and the server/ }

const POOL_SIZE = 5

for (const flavour of FLAVOURS) {
  /** Runs a test with an instance that goes through a proxy. */
  const behind = async (mode: SplittingMode, test: (db: LockingKnex<Knex>) => Promise<void>) => {
    const server = await sharedServer(flavour)
    const proxy = await startSplittingProxy({ ...server, mode })
    try {
      const opened = async (db: LockingKnex<Knex>): Promise<void> => {
        await openAll(db)
        await test(db)
      }
      await withKnex(flavour, opened, { knex: configFor({ ...server, host: proxy.host, port: proxy.port }, POOL_SIZE) })
    } finally {
      await proxy.close()
    }
  }

  describe(`a proxy in front of ${flavour}`, () => {
    for (const mode of ['statement', 'transaction'] as const) {
      it(`that gives each ${mode} a session is refused at first use`, async () => {
        await behind(mode, async (db) => {
          await assert.rejects(
            db.withNamedLock('a', () => assert.fail('ran')),
            REFUSED,
          )
          await assert.rejects(db.acquireNamedLock('a'), REFUSED)
        })
      })
    }

    it('that gives each transaction a session is refused inside of one, where it does not show', async () => {
      await behind('transaction', async (db) => {
        await assert.rejects(
          db.transaction((trx) => trx.withNamedLock('a', () => assert.fail('ran'))),
          REFUSED,
        )
      })
    })

    it('that keeps a session for whoever has a lock is none to care about', async () => {
      await behind('pinned', async (db) => {
        await using lock = await db.acquireNamedLock('pinned')
        assert.equal((await db.namedLockHolder('pinned'))?.sessionId, lock.sessionId)
        assert.equal(await db.tryAcquireNamedLock('pinned'), null)
        assert.equal(await db.transaction((trx) => trx.withNamedLock('other', (_, other) => other.name)), 'other')
      })
    })
  })
}

/** Opens all connections of a pool: what one alone does not show is found out with a second one, if there is one soon. */
async function openAll({ client }: Knex): Promise<void> {
  const { acquireConnection, releaseConnection } = client as Record<string, (connection?: unknown) => Promise<unknown>>
  const connections = await Promise.all(Array.from({ length: POOL_SIZE }, () => acquireConnection!.call(client)))
  for (const connection of connections) await releaseConnection!.call(client, connection)
}
