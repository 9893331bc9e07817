import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../suite.js'
import { aborted } from '../support/aborted.js'
import { hold } from '../support/holding.js'
import { rejection, rejectionWith } from '../support/rejection.js'
import { timed } from '../support/timing.js'
import { within } from '../support/within.js'

/** The server counts whole seconds and takes a moment to end the session. */
const SLACK_MS = 1_000

/** `orphanTimeoutMs`: the longest time that a holder cut off without a TCP reset keeps the lock. */
export function orphanCases<Tx>(suite: Suite<Tx>): void {
  if (!suite.capabilities.server) return
  const options = { orphanTimeoutMs: 2_000 }
  suite.describe('orphanTimeoutMs', () => {
    suite.it('bounds the session before the lock is asked for, and is put back afterwards', async (stage) => {
      const subject = await stage.open({ through: 'faults', poolSize: 1 })
      const { proxy } = stage.environment
      await subject.query(null, 'SET SESSION wait_timeout = 4321')
      const limit = async (transaction: Tx | null): Promise<number> =>
        Number((await subject.query(transaction, 'SELECT @@SESSION.wait_timeout AS seconds'))[0]!['seconds'])
      const name = stage.name()
      for (const use of [
        () =>
          subject.locks.withNamedLock(name, async (transaction) => assert.equal(await limit(transaction), 2), options),
        async () => (await subject.locks.acquireNamedLock(name, options)).release(),
        () => subject.locks.withNamedLock(name, () => Promise.reject(new Error('thrown')), options).catch(() => {}),
      ]) {
        proxy.clear()
        await use()
        const sent = proxy.statements.map(({ sql }) => sql)
        const first = sent.findIndex((sql) => /wait_timeout/.test(sql))
        assert.ok(first !== -1 && first < sent.findIndex((sql) => /GET_LOCK/.test(sql)), sent.join('\n'))
        assert.equal(await limit(null), 4321)
      }
    })

    if (suite.capabilities.joins === 'any') {
      suite.it('bounds a transaction that is joined, and is put back when that has ended', async (stage) => {
        const subject = await stage.open({ poolSize: 1 })
        await subject.query(null, 'SET SESSION wait_timeout = 4321')
        const limit = async (transaction: Tx | null): Promise<number> =>
          Number((await subject.query(transaction, 'SELECT @@SESSION.wait_timeout AS seconds'))[0]!['seconds'])
        await subject.transaction(async (transaction) => {
          const callback = async (): Promise<void> => assert.equal(await limit(transaction), 2)
          await subject.joined(transaction).withNamedLock(stage.name(), callback, options)
        })
        assert.equal(await limit(null), 4321)
      })
    }

    suite.it('gives the lock of a holder that was cut off to the next, and tells the holder', async (stage) => {
      const [subject, other] = [await stage.open({ through: 'faults' }), await stage.open()]
      const name = stage.name()
      const orphanTimeoutMs = 1_000
      const lock = await subject.locks.acquireNamedLock(name, { orphanTimeoutMs })
      // A ping has come by then, so that it is shown not to be what ends it.
      await sleep(500)
      stage.environment.proxy.freeze()
      const ms = await timed(async () => {
        const next = await other.locks.acquireNamedLock(name, { timeoutMs: 10_000 })
        await next.release()
      })
      assert.ok(ms <= orphanTimeoutMs + SLACK_MS, `took ${ms} ms`)
      await within(SLACK_MS, 'Telling the holder', aborted(lock.signal))
      assert.equal((lock.signal.reason as { code?: unknown }).code, 'LOCK_LOST')
      stage.environment.proxy.thaw()
      await lock.release()
      await stage.assertWhole(subject, 5)
    })

    suite.it('keeps a lock that is held and pinged for longer than the bound', async (stage) => {
      const subject = await stage.open()
      const lock = await subject.locks.acquireNamedLock(stage.name(), { orphanTimeoutMs: 1_000, keepAliveMs: 0 })
      await sleep(2_500)
      assert.equal(lock.signal.aborted, false)
      assert.equal((await subject.locks.namedLockHolder(lock.name))?.sessionId, lock.sessionId)
      await lock.release()
    })

    suite.it('lets nobody commit who was cut off and comes back', async (stage) => {
      const [subject, other] = [await stage.open({ through: 'faults' }), await stage.open()]
      const [name, counter] = [stage.name(), stage.name('counter')]
      await other.write(null, counter, 1)
      const holding = await hold(subject, name, { orphanTimeoutMs: 1_000 }, (transaction) =>
        subject.write(transaction, counter, 2),
      )
      const lost = rejectionWith('LOCK_LOST', holding.done)
      stage.environment.proxy.freeze()
      await other.locks.withNamedLock(name, (transaction) => other.write(transaction, counter, 3))
      stage.environment.proxy.thaw()
      await lost
      if (suite.capabilities.direct) await rejection(subject.write(holding.transaction, counter, 4))
      holding.letGo()
      assert.equal(await other.read(null, counter), 3)
      await stage.assertWhole(subject, 5)
    })
  })
}
