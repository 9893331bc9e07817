import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { FLAVOURS, withLocks } from './opened.js'

const LOST = { code: 'LOCK_LOST', message: 'The lock "closed" is lost: the session that held it is gone' }

for (const flavour of FLAVOURS) {
  describe(`a connection that ormutex closes, on ${flavour}`, () => {
    it('does not end the process, whatever befell it before', async () => {
      await withLocks(flavour, async (locks, pool) => {
        await locks.withNamedLock('warm', () => 1)
        // A pool listens for one error of a connection. Another, that of a socket which is closed, must not be the first without a listener.
        pool.pool.once('acquire', (connection) => connection.emit('error', new Error('While nobody used it')))
        const call = locks.withNamedLock('closed', async (connection) => {
          // As mysql2 does after an error of which it tells nobody: what is sent from now on fails.
          ;(connection as unknown as { connection: { close(): void } }).connection.close()
        })
        await assert.rejects(call, LOST)
        // An `error` that nobody listens for comes a moment later, if it comes.
        await sleep(50)
        assert.equal(await locks.withNamedLock('closed', () => 1, { timeoutMs: 5_000 }), 1)
        assert.equal((await pool.query('SELECT 1')).length, 2)
      })
    })

    it('or that its callback closes, is a loss in the same words', async () => {
      await withLocks(flavour, async (locks) => {
        const call = locks.withNamedLock('closed', (connection) => connection.destroy())
        await assert.rejects(call, LOST)
        assert.equal(await locks.withNamedLock('closed', () => 1, { timeoutMs: 5_000 }), 1)
      })
    })
  })
}
