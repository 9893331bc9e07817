import assert from 'node:assert/strict'
import { type SplittingMode, startSplittingProxy } from '@ormutex/testkit/splitting-proxy'
import { sharedServer } from '@ormutex-test/servers'
import type { LockingSequelize } from '@ormutex/sequelize'
import { type Combination, COMBINATIONS, titleOf, withSequelize } from './opened.js'

const REFUSED = { code: 'LOCK_UNSUPPORTED', message: /^A proxy between here and the server/ }

const POOL_SIZE = 5

/** Runs a test with an instance that goes through a proxy. */
async function behind(
  combination: Combination,
  mode: SplittingMode,
  test: (sequelize: LockingSequelize) => Promise<void>,
): Promise<void> {
  const proxy = await startSplittingProxy({ ...(await sharedServer(combination.flavour)), mode })
  try {
    const opened = async (sequelize: LockingSequelize): Promise<void> => {
      await openAll(sequelize)
      await test(sequelize)
    }
    await withSequelize(combination, opened, {
      sequelize: { host: proxy.host, port: proxy.port },
      poolSize: POOL_SIZE,
    })
  } finally {
    await proxy.close()
  }
}

for (const combination of COMBINATIONS) {
  describe(`a proxy in between, ${titleOf(combination)}`, () => {
    for (const mode of ['statement', 'transaction'] as const) {
      it(`that gives each ${mode} a session is refused at first use`, async () => {
        await behind(combination, mode, async (sequelize) => {
          await assert.rejects(
            sequelize.withNamedLock('a', () => assert.fail('ran')),
            REFUSED,
          )
          await assert.rejects(sequelize.acquireNamedLock('a'), REFUSED)
        })
      })
    }

    it('that gives each transaction a session is refused inside of one, where it does not show', async () => {
      await behind(combination, 'transaction', async (sequelize) => {
        const inside = sequelize.transaction((transaction) =>
          sequelize.withNamedLock('a', () => assert.fail('ran'), { transaction }),
        )
        await assert.rejects(inside, REFUSED)
      })
    })

    it('that keeps a session for whoever has a lock is none to care about', async () => {
      await behind(combination, 'pinned', async (sequelize) => {
        await using lock = await sequelize.acquireNamedLock('pinned')
        assert.equal((await sequelize.namedLockHolder('pinned'))?.sessionId, lock.sessionId)
        assert.equal(await sequelize.tryAcquireNamedLock('pinned'), null)
        assert.equal(await sequelize.withNamedLock('other', async (_, other) => other.name), 'other')
      })
    })
  })
}

/** Opens all connections of a pool: what one alone does not show is found out with a second one, if there is one soon. */
async function openAll({ connectionManager }: LockingSequelize): Promise<void> {
  const { getConnection, releaseConnection } = connectionManager as unknown as Record<
    string,
    (argument: unknown) => Promise<unknown>
  >
  const connections = await Promise.all(
    Array.from({ length: POOL_SIZE }, () => getConnection!.call(connectionManager, {})),
  )
  for (const connection of connections) await releaseConnection!.call(connectionManager, connection)
}
