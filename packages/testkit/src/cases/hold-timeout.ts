import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { delay } from '../fault-proxy/index.js'
import type { Suite } from '../suite.js'
import { aborted } from '../support/aborted.js'
import { deferred } from '../support/deferred.js'
import { hold } from '../support/holding.js'
import { rejectionWith } from '../support/rejection.js'
import { assertTakes, timed } from '../support/timing.js'

/** `holdTimeoutMs`: past it the signal aborts, the transaction is rolled back, the call rejects, the lock is free. */
export function holdTimeoutCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('a lock held for too long', () => {
    suite.it('by a callback: HOLD_TIMEOUT at once although that runs on, and nothing is committed', async (stage) => {
      const [subject, other] = [await stage.open({ poolSize: 3 }), await stage.open()]
      const [name, counter] = [stage.name(), stage.name('counter')]
      await subject.write(null, counter, 1)
      const holding = await hold(subject, name, { holdTimeoutMs: 400 }, (transaction) =>
        subject.write(transaction, counter, 2),
      )
      const { signal } = holding.lock
      const error = await rejectionWith('HOLD_TIMEOUT', holding.done)
      assert.equal(signal.aborted, true)
      assert.equal(signal.reason, error)
      await (await other.locks.acquireNamedLock(name, { timeoutMs: 500 })).release()
      holding.letGo()
      await sleep(20)
      assert.equal(await other.read(null, counter), 1)
      await stage.assertWhole(subject, 3)
    })

    suite.it('by a callback: on time', async (stage) => {
      const subject = await stage.open()
      await assertTakes(200, async () => {
        let enteredAt = 0
        const gate = deferred()
        const call = subject.locks.withNamedLock(
          stage.name(),
          () => {
            enteredAt = performance.now()
            return gate.promise
          },
          { holdTimeoutMs: 200 },
        )
        await rejectionWith('HOLD_TIMEOUT', call)
        gate.resolve()
        return performance.now() - enteredAt
      })
    })

    suite.it('with no transaction: its signal aborts, and it is free', async (stage) => {
      const [subject, other] = [await stage.open({ poolSize: 2 }), await stage.open()]
      const name = stage.name()
      await assertTakes(150, async () => {
        const lock = await subject.locks.acquireNamedLock(name, { holdTimeoutMs: 150 })
        const ms = await timed(() => aborted(lock.signal))
        assert.equal((lock.signal.reason as { code?: unknown }).code, 'HOLD_TIMEOUT')
        await (await other.locks.acquireNamedLock(name, { timeoutMs: 500 })).release()
        await lock.release()
        return ms
      })
      await stage.assertWhole(subject, 2)
    })

    if (suite.capabilities.joins !== 'none') {
      suite.it('inside a transaction: HOLD_TIMEOUT at once, and nothing of that is committed', async (stage) => {
        const [subject, other] = [await stage.open({ poolSize: 3 }), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        await subject.write(null, counter, 1)
        const gate = deferred()
        const outer = subject.locks.withNamedLock(stage.name('outer'), async (transaction) => {
          await subject.write(transaction, counter, 2)
          const options = { holdTimeoutMs: 150 }
          await rejectionWith(
            'HOLD_TIMEOUT',
            subject.joined(transaction).withNamedLock(name, () => gate.promise, options),
          )
          await subject.write(transaction, counter, 3)
        })
        await rejectionWith('LOCK_LOST', outer)
        gate.resolve()
        await (await other.locks.acquireNamedLock(name, { timeoutMs: 500 })).release()
        assert.equal(await other.read(null, counter), 1)
        await stage.assertWhole(subject, 3)
      })
    }

    suite.it('but released before: nothing happens', async (stage) => {
      const subject = await stage.open()
      const lock = await subject.locks.acquireNamedLock(stage.name(), { holdTimeoutMs: 300 })
      await lock.release()
      assert.equal(await subject.locks.withNamedLock(stage.name(), () => 'ran', { holdTimeoutMs: 300 }), 'ran')
      await sleep(350)
      assert.equal(lock.signal.aborted, false)
    })

    suite.itOnServer('while a long statement runs: HOLD_TIMEOUT at once, and soon free', async (stage) => {
      const [subject, other] = [await stage.open({ poolSize: 3 }), await stage.open()]
      const [name, counter] = [stage.name(), stage.name('counter')]
      await subject.write(null, counter, 1)
      await assertTakes(300, async () => {
        let enteredAt = 0
        const call = subject.locks.withNamedLock(
          name,
          async (transaction) => {
            enteredAt = performance.now()
            await subject.write(transaction, counter, 2)
            await subject.query(transaction, 'SELECT SLEEP(20)')
          },
          { holdTimeoutMs: 300 },
        )
        await rejectionWith('HOLD_TIMEOUT', call)
        const ms = performance.now() - enteredAt
        await (await other.locks.acquireNamedLock(name, { timeoutMs: 1_000 })).release()
        return ms
      })
      assert.equal(await other.read(null, counter), 1)
      await stage.assertWhole(subject, 3)
    })

    suite.itOnServer(
      'while a long statement runs, and its source is closed at once: soon free all the same',
      async (stage) => {
        const [subject, other] = [await stage.open({ poolSize: 3 }), await stage.open()]
        const name = stage.name()
        const sleep20 = (transaction: Tx): Promise<unknown> => subject.query(transaction, 'SELECT SLEEP(20)')
        await rejectionWith('HOLD_TIMEOUT', subject.locks.withNamedLock(name, sleep20, { holdTimeoutMs: 100 }))
        await stage.closeSubject(subject)
        await (await other.locks.acquireNamedLock(name, { timeoutMs: 1_000 })).release()
      },
    )

    suite.itOnServer('while COMMIT is on its way: the answer is awaited, and stands', async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const counter = stage.name('counter')
      await subject.write(null, counter, 1)
      stage.on(/^\s*COMMIT/i, delay(400))
      await subject.locks.withNamedLock(stage.name(), (transaction) => subject.write(transaction, counter, 2), {
        holdTimeoutMs: 300,
      })
      assert.equal(await subject.read(null, counter), 2)
    })
  })
}
