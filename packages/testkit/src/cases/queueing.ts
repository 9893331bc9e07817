import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilOneWaits, waitingIds } from '../server-view.js'
import type { Suite } from '../suite.js'
import { PATIENT } from '../support/patient.js'
import { rejectionWith } from '../support/rejection.js'
import { timedAbort } from '../support/timed-abort.js'
import { assertTakes, timed } from '../support/timing.js'

const WAITERS = 1_000

/** 9. In one process only the first waiter for a name uses a connection, the rest queue locally, first come first served. */
export function queueCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('waiters of one process', () => {
    suite.it(`${WAITERS} for one name cost one connection, give up on time, and are served in order`, async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      const held = await other.locks.acquireNamedLock(name)
      const served: number[] = []
      const options = { timeoutMs: Infinity }
      const waiting = Array.from({ length: WAITERS }, (_, index) =>
        subject.locks.withNamedLock(name, () => void served.push(index), options),
      )
      if (suite.capabilities.server) {
        await untilOneWaits(stage.environment)
        await sleep(100)
        assert.equal((await waitingIds(stage.environment)).length, 1)
        assert.equal(subject.connectionsInUse(), 1)
        // Other queries on the same pool go on.
        await assertTakes(0, () => timed(() => subject.query(null, 'SELECT 1')))
      }
      await assertTakes(300, () =>
        timed(() => rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(name, { timeoutMs: 300 }))),
      )
      await assertTakes(0, () => timed(async () => assert.equal(await subject.locks.tryAcquireNamedLock(name), null)))
      await assertTakes(0, () => timedAbort((signal) => subject.locks.acquireNamedLock(name, { signal })))
      assert.equal(served.length, 0)
      await held.release()
      await Promise.all(waiting)
      assert.deepEqual(
        served,
        Array.from({ length: WAITERS }, (_, index) => index),
      )
    })

    suite.it('one that gives up lets those behind it move on', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      const held = await other.locks.acquireNamedLock(name)
      const first = rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(name, { timeoutMs: 100 }))
      const second = rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(name, { timeoutMs: 200 }))
      const third = subject.locks.withNamedLock(name, () => 'served')
      await Promise.all([first, second])
      await held.release()
      assert.equal(await third, 'served')
    })

    suite.it('do not deadlock in a pool of 1', async (stage) => {
      const subject = await stage.open({ poolSize: 1 })
      const counters = [stage.name('counter'), stage.name('counter')]
      for (const counter of counters) await subject.write(null, counter, 0)
      const calls = Array.from({ length: 30 }, async (_, index) => {
        const counter = counters[index % 2]!
        const increment = async (transaction: Tx): Promise<void> =>
          subject.write(transaction, counter, (await subject.read(transaction, counter)) + 1)
        await subject.locks.withNamedLock(counter, increment, PATIENT)
      })
      await Promise.all([...calls, subject.read(null, counters[0]!)])
      assert.deepEqual([await subject.read(null, counters[0]!), await subject.read(null, counters[1]!)], [15, 15])
    })
  })
}
