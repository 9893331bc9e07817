import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FaultProxy, holdUntil, type Statement } from '../fault-proxy/index.js'
import { holderId } from '../server-view.js'
import type { Suite } from '../suite.js'
import { deferred } from '../support/deferred.js'
import { eventually } from '../support/eventually.js'

const SIGN_OF_LIFE = /^SELECT IS_USED_LOCK\(.*@@read_only\b/

/** In a transaction, a ping, for which there is a statement without the driver's own connection; else whether the server still takes writes. */
function isPing({ kind, sql }: Statement): boolean {
  return kind === 'ping' || (kind !== 'prepare' && (sql === 'SELECT 1' || SIGN_OF_LIFE.test(sql)))
}

/** So many pings come, one each 100 ms and not more often. */
async function seePings(proxy: FaultProxy, many: number): Promise<void> {
  proxy.clear()
  const startedAt = performance.now()
  await eventually(() => assert.ok(proxy.statements.filter(isPing).length >= many), 2_000)
  const pings = proxy.statements.filter(isPing).length
  const elapsedMs = performance.now() - startedAt
  assert.ok(pings <= elapsedMs / 100 + 1, `${pings} pings in ${elapsedMs} ms`)
}

/** `keepAliveMs`: a session that sits idle is pinged. */
export function keepAliveCases<Tx>(suite: Suite<Tx>): void {
  if (!suite.capabilities.server) return
  suite.describe('a lock that is held for long', () => {
    suite.it('has its session pinged, until it is released', async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const { proxy } = stage.environment
      const lock = await subject.locks.acquireNamedLock(stage.name(), { keepAliveMs: 100 })
      await seePings(proxy, 4)
      await lock.release()
      proxy.clear()
      await sleep(250)
      assert.equal(proxy.statements.filter(isPing).length, 0)
    })

    suite.it('is not pinged any more while it is released', async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const { proxy } = stage.environment
      const lock = await subject.locks.acquireNamedLock(stage.name(), { keepAliveMs: 100 })
      const answer = deferred()
      const release = stage.on(/RELEASE_LOCK/, holdUntil(answer.promise))
      const released = lock.release()
      await release.hit()
      proxy.clear()
      await sleep(250)
      answer.resolve()
      await released
      // What had to wait for the answer would be sent now.
      await sleep(50)
      assert.equal(proxy.statements.filter(isPing).length, 0)
    })

    suite.it('by a callback that thinks has its session pinged, too', async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const { proxy } = stage.environment
      await subject.locks.withNamedLock(stage.name(), () => seePings(proxy, 3), { keepAliveMs: 100 })
    })

    suite.it('is not pinged when that is turned off, nor within the first seconds by default', async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const { proxy } = stage.environment
      proxy.clear()
      const locks = [
        await subject.locks.acquireNamedLock(stage.name(), { keepAliveMs: 0 }),
        await subject.locks.acquireNamedLock(stage.name()),
      ]
      await sleep(300)
      assert.deepEqual(proxy.statements.filter(isPing), [])
      for (const lock of locks) await lock.release()
    })

    suite.it("survives the server's own idle limit", async (stage) => {
      const subject = await stage.open({ poolSize: 1 })
      await subject.query(null, 'SET SESSION wait_timeout = 1')
      const lock = await subject.locks.acquireNamedLock(stage.name(), { keepAliveMs: 300 })
      await sleep(2_000)
      assert.equal(lock.signal.aborted, false)
      assert.equal(await holderId(stage.environment, lock.key), lock.sessionId)
      await lock.release()
    })
  })
}
