import assert from 'node:assert/strict'
import { delay, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { sharedServer } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/mysql2'
import { createPool } from 'mysql2/promise'
import { FLAVOURS, withLocks } from './opened.js'

/** How late the server's answer is, in milliseconds: later than a caller who was refused is kept waiting for it. */
const LATE_MS = 250

for (const flavour of FLAVOURS) {
  describe(`a refusal whose holder is told late, on ${flavour}`, () => {
    for (const how of ['withNamedLock', 'acquireNamedLock'] as const) {
      it(`of ${how}: the connection goes back when it has been told, so that nobody waits behind the question`, async () => {
        const { host, port, user, password, database } = await sharedServer(flavour)
        const proxy = await startFaultProxy({ host, port })
        const pool = createPool({ host: proxy.host, port: proxy.port, user, password, database, connectionLimit: 2 })
        const locks = namedLocks(pool)
        try {
          await withLocks(flavour, async (other) => {
            await using _ = await other.acquireNamedLock('late')
            // Both connections are there, so that opening one is not what is measured.
            await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')])
            await locks.withNamedLock('early', () => {})
            const question = proxy.on(/IS_USED_LOCK/, delay(LATE_MS))
            const call =
              how === 'withNamedLock'
                ? locks.withNamedLock('late', () => assert.fail('ran'), { timeoutMs: 0 })
                : locks.acquireNamedLock('late', { timeoutMs: 0 })
            await assert.rejects(call, { code: 'LOCK_TIMEOUT', holder: null })
            const startedAt = performance.now()
            // As many as the pool has connections left, one after the other, since it takes them in turn.
            await pool.query('SELECT 1')
            await pool.query('SELECT 1')
            const tookMs = performance.now() - startedAt
            assert.equal(question.hits, 1)
            assert.ok(tookMs < LATE_MS / 2, `The next ones waited ${tookMs} ms`)
          })
        } finally {
          await pool.end()
          await proxy.close()
        }
      })
    }
  })
}
