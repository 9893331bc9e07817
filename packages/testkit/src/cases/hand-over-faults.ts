import assert from 'node:assert/strict'
import { cutAfterForward, cutBefore, fail } from '../fault-proxy/index.js'
import type { Suite } from '../suite.js'
import { aborted } from '../support/aborted.js'
import { LONG } from '../support/hand-over.js'
import { hold } from '../support/holding.js'
import { rejection, rejectionWith } from '../support/rejection.js'

/** A session of which anything is in doubt is not handed on: who waits goes on with a new one. */
export function handOverFaultCases<Tx>(suite: Suite<Tx>): void {
  if (!suite.capabilities.server) return
  suite.describe('no hand-over of a session', () => {
    suite.it('that was killed while it was held', async (stage) => {
      const [subject, other] = [await stage.open({ namedLocks: LONG }), await stage.open()]
      const name = stage.name()
      const holding = await hold(subject, name)
      const calls = [1, 2, 3].map(() => subject.locks.withNamedLock(name, (_, lock) => lock.sessionId))
      await other.killSession(holding.lock.sessionId)
      if (!suite.capabilities.direct) holding.letGo()
      await rejectionWith('LOCK_LOST', holding.done)
      holding.letGo()
      for (const sessionId of await Promise.all(calls)) assert.notEqual(sessionId, holding.lock.sessionId)
    })

    suite.it('that was killed while it was shared: all that it held are lost, and who waits is not', async (stage) => {
      const [subject, other] = [await stage.open({ namedLocks: LONG }), await stage.open()]
      const [name, another] = [stage.name(), stage.name()]
      const options = suite.capabilities.direct ? {} : { keepAliveMs: 50 }
      const held = await subject.locks.acquireNamedLock(name, options)
      const beside = await subject.locks.acquireNamedLock(another, options)
      assert.equal(beside.sessionId, held.sessionId)
      const waiting = subject.locks.acquireNamedLock(name)
      await other.killSession(held.sessionId)
      for (const { signal } of [held, beside]) {
        await aborted(signal)
        assert.equal((signal.reason as { code: string }).code, 'LOCK_LOST')
      }
      const next = await waiting
      assert.notEqual(next.sessionId, held.sessionId)
      await Promise.all([held.release(), beside.release(), next.release()])
    })

    for (const [what, pattern] of [
      ['COMMIT', /^\s*COMMIT/i],
      ['ROLLBACK', /^\s*ROLLBACK/i],
    ] as const) {
      suite.itWhereDirect(`whose ${what} failed or was not answered`, async (stage) => {
        const faultsToTry = [
          fail({ errno: 1105, sqlState: 'HY000', message: 'Made up by the test' }),
          cutBefore(),
          cutAfterForward(),
        ]
        for (const fault of faultsToTry) {
          const subject = await stage.open({ through: 'faults', namedLocks: LONG })
          const [name, counter] = [stage.name(), stage.name('counter')]
          await subject.write(null, counter, 0)
          const rule = stage.on(pattern, fault)
          let firstSession: string | undefined
          const first = rejection(
            subject.locks.withNamedLock(name, async (transaction, lock) => {
              firstSession = lock.sessionId
              await subject.write(transaction, counter, 1)
              if (what === 'ROLLBACK') throw new Error('thrown')
            }),
          )
          const second = subject.locks.withNamedLock(name, async (transaction, lock) => {
            await subject.write(transaction, counter, 2)
            return lock.sessionId
          })
          await first
          assert.notEqual(await second, firstSession)
          assert.equal(await subject.read(null, counter), 2)
          rule.remove()
          await stage.assertWhole(subject, 5)
        }
      })
    }
  })
}
