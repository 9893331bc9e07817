import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { holdUntil, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { sharedServer } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/mysql2'
import { createPool } from 'mysql2/promise'
import { FLAVOURS, withLocks } from './opened.js'

/** How long the next ones may take, in milliseconds, before they count as waiting for an answer that does not come. */
const LONGEST_MS = 3_000

for (const flavour of FLAVOURS) {
  describe(`a refusal whose holder is told late, on ${flavour}`, () => {
    for (const how of ['withNamedLock', 'acquireNamedLock'] as const) {
      it(`of ${how}: the connection goes back when it has been told, so that nobody waits behind the question`, async () => {
        const { host, port, user, password, database } = await sharedServer(flavour)
        const proxy = await startFaultProxy({ host, port })
        const pool = createPool({ host: proxy.host, port: proxy.port, user, password, database, connectionLimit: 2 })
        const locks = namedLocks(pool)
        let answer!: () => void
        const answered = new Promise<void>((resolve) => (answer = resolve))
        try {
          await withLocks(flavour, async (other) => {
            await using _ = await other.acquireNamedLock('late')
            // Both connections are there, so that opening one is not what is measured.
            await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')])
            await locks.withNamedLock('early', () => {})
            const question = proxy.on(/IS_USED_LOCK/, holdUntil(answered))
            const call =
              how === 'withNamedLock'
                ? locks.withNamedLock('late', () => assert.fail('ran'), { timeoutMs: 0 })
                : locks.acquireNamedLock('late', { timeoutMs: 0 })
            await assert.rejects(call, { code: 'LOCK_TIMEOUT', holder: null })
            // As many as the pool has connections, one after the other, since it takes them in turn.
            const next = pool.query('SELECT 1').then(() => pool.query('SELECT 1'))
            assert.notEqual(await Promise.race([next, sleep(LONGEST_MS, 'waited')]), 'waited')
            assert.equal(question.hits, 1)
          })
        } finally {
          answer()
          await pool.end()
          await proxy.close()
        }
      })
    }
  })
}
