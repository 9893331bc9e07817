import assert from 'node:assert/strict'
import { startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { sharedServer } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/sequelize'
import { Sequelize } from 'sequelize'
import { COMBINATIONS, configFor, isFree, poolOf, titleOf } from './opened.js'

/** Well above what closing a socket takes. */
const SOON_MS = 500

for (const combination of COMBINATIONS) {
  describe(`a connection that ormutex closes, of Sequelize with ${titleOf(combination)}`, () => {
    it('ends what runs on it at once, although the network swallows packets', async () => {
      const server = await sharedServer(combination.flavour)
      const proxy = await startFaultProxy({ host: server.host, port: server.port })
      const config = configFor(combination.dialect, { ...server, host: proxy.host, port: proxy.port }, 1)
      const sequelize = namedLocks(new Sequelize(config))
      try {
        await sequelize.withNamedLock('warm', () => 1)
        let running: Promise<unknown> | undefined
        const call = sequelize.withNamedLock(
          'swallowed',
          async (transaction) => {
            proxy.freeze()
            running = sequelize.query('DO 1', { transaction })
            await running
          },
          // Counted from the grant: the transaction is to have begun by then.
          { holdTimeoutMs: 500 },
        )
        await assert.rejects(call, { code: 'HOLD_TIMEOUT' })
        const late = new Promise((resolve) => setTimeout(resolve, SOON_MS, 'still running'))
        assert.notEqual(await Promise.race([running!.catch(() => 'ended'), late]), 'still running')
        assert.equal(poolOf(sequelize).using, 0)
        proxy.thaw()
        assert.equal(await sequelize.withNamedLock('swallowed', () => 1, { timeoutMs: 5_000 }), 1)
        assert.equal(await isFree(combination, 'swallowed'), true)
      } finally {
        proxy.thaw()
        await sequelize.close()
        await proxy.close()
      }
    })
  })
}
