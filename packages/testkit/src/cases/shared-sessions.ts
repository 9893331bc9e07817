import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail, holdUntil } from '../fault-proxy/index.js'
import type { Suite } from '../suite.js'
import { aborted } from '../support/aborted.js'
import { deferred } from '../support/deferred.js'
import { rejectionWith } from '../support/rejection.js'
import { assertTakesAtMost, timed } from '../support/timing.js'

const NAMES = 300

/** Locks without a transaction share one session, and do not feel it. */
export function sharedSessionCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('locks without a transaction', () => {
    suite.it(`of ${NAMES} names, asked for at once, cost two connections at most`, async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const names = Array.from({ length: NAMES }, () => stage.name())
      const locks = await Promise.all(names.map((name) => subject.locks.acquireNamedLock(name)))
      assert.ok(new Set(locks.map(({ sessionId }) => sessionId)).size <= 2)
      if (suite.capabilities.server) assert.ok(subject.connectionsInUse() <= 2, `${subject.connectionsInUse()} in use`)
      // Each is a lock of its own.
      await locks[7]!.release()
      assert.equal(await other.locks.tryAcquireNamedLock(names[8]!), null)
      await (await other.locks.acquireNamedLock(names[7]!, { timeoutMs: 0 })).release()
      await Promise.all(locks.map((lock) => lock.release()))
      await Promise.all(locks.map((lock) => lock.release()))
      for (const { signal } of locks) assert.equal(signal.aborted, false)
    })

    suite.it('are to be had one beside the other in a pool of 1', async (stage) => {
      const subject = await stage.open({ poolSize: 1 })
      const locks = [await subject.locks.acquireNamedLock(stage.name())]
      for (let count = 0; count < 5; count += 1) locks.push(await subject.locks.acquireNamedLock(stage.name()))
      const atOnce = await Promise.all(Array.from({ length: 5 }, () => subject.locks.acquireNamedLock(stage.name())))
      await Promise.all([...locks, ...atOnce].map((lock) => lock.release()))
    })

    suite.it('do not wait for each other: a wait has a session of its own', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const [name, taken] = [stage.name(), stage.name('taken')]
      const held = await subject.locks.acquireNamedLock(name)
      const theirs = await other.locks.acquireNamedLock(taken)
      const waiting = subject.locks.acquireNamedLock(taken)
      await sleep(50)
      await assertTakesAtMost(300, () =>
        timed(async () => {
          for (let count = 0; count < 5; count += 1)
            await (await subject.locks.acquireNamedLock(stage.name())).release()
        }),
      )
      await held.release()
      await (await other.locks.acquireNamedLock(name, { timeoutMs: 0 })).release()
      await theirs.release()
      await (await waiting).release()
    })

    suite.it('that are held for too long are lost alone', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const [name, short] = [stage.name(), stage.name('short')]
      const held = await subject.locks.acquireNamedLock(name)
      const limited = await subject.locks.acquireNamedLock(short, { holdTimeoutMs: 100 })
      await aborted(limited.signal)
      assert.equal((limited.signal.reason as { code: string }).code, 'HOLD_TIMEOUT')
      await (await other.locks.acquireNamedLock(short, { timeoutMs: 1_000 })).release()
      assert.equal(held.signal.aborted, false)
      assert.equal(await other.locks.tryAcquireNamedLock(name), null)
      await Promise.all([held.release(), limited.release()])
    })

    suite.it('of several names are had together or not at all', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const [a, b, c] = [stage.name('a'), stage.name('b'), stage.name('c')]
      const beside = await subject.locks.acquireNamedLock(stage.name())
      const theirs = await other.locks.acquireNamedLock(b)
      assert.equal(await subject.locks.tryAcquireNamedLock([a, b, c]), null)
      await rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock([a, b, c], { timeoutMs: 100 }))
      for (const name of [a, c]) await (await other.locks.acquireNamedLock(name, { timeoutMs: 500 })).release()
      await theirs.release()
      const all = await subject.locks.acquireNamedLock([a, b, c])
      for (const name of [a, b, c]) assert.equal(await other.locks.tryAcquireNamedLock(name), null)
      await Promise.all([all.release(), beside.release()])
    })

    if (!suite.capabilities.server) return
    suite.itWhereDirect('of several names, one of which the server fails on, leave none behind', async (stage) => {
      const [subject, other] = [await stage.open({ through: 'faults' }), await stage.open()]
      const beside = await subject.locks.acquireNamedLock(stage.name())
      const names = [stage.name('p'), stage.name('q')]
      const error = { errno: 1105, sqlState: 'HY000', message: 'Made up by the test' }
      stage.on(new RegExp(`GET_LOCK\\(.*${stage.keyOf(names[1]!)}`), fail(error))
      await rejectionWith('LOCK_FAILED', subject.locks.acquireNamedLock(names))
      await (await other.locks.acquireNamedLock(names, { timeoutMs: 1_000 })).release()
      await beside.release()
    })

    suite.itWhereDirect('that are given up while the server is silent are not left locked', async (stage) => {
      const [subject, other] = [await stage.open({ through: 'faults' }), await stage.open()]
      const [name, wanted] = [stage.name(), stage.name('wanted')]
      const held = await subject.locks.acquireNamedLock(name)
      const answered = deferred()
      const rule = stage.on(/\bGET_LOCK\(/, holdUntil(answered.promise))
      const givenUp = rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(wanted, { timeoutMs: 100 }))
      await rule.hit()
      await givenUp
      // The same name again, at once: not on the session that may still be granted it.
      const again = await subject.locks.acquireNamedLock(wanted, { timeoutMs: 2_000 })
      assert.notEqual(again.sessionId, held.sessionId)
      assert.equal(await other.locks.tryAcquireNamedLock(wanted), null)
      await again.release()
      answered.resolve()
      await (await other.locks.acquireNamedLock(wanted, { timeoutMs: 2_000 })).release()
      assert.equal(held.signal.aborted, false)
      await held.release()
    })
  })
}
