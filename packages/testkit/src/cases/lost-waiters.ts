import assert from 'node:assert/strict'
import type { Stage } from '../stage.js'
import type { Subject } from '../harness.js'
import type { Suite } from '../suite.js'
import { eventually } from '../support/eventually.js'
import { rejectionWith } from '../support/rejection.js'
import { assertTakes, timed } from '../support/timing.js'

/** The session that waits for a name, other than `not`. */
async function waiterOf<Tx>(stage: Stage<Tx>, observer: Subject<Tx>, name: string, not?: string): Promise<string> {
  return eventually(async () => {
    const entries = await observer.locks.listNamedLocks()
    const waiters = entries.find(({ key }) => key === stage.keyOf(name))?.waiters ?? []
    const waiter = waiters.find(({ sessionId }) => sessionId !== not)
    assert.ok(waiter !== undefined, 'nobody waits')
    return waiter.sessionId
  })
}

/** 4. A waiter whose session dies waits on with a new one until its deadline; one that joined a transaction cannot. */
export function lostWaiterCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('a waiter whose session is killed', () => {
    suite.it('waits on with a new one, and is served', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      const held = await other.locks.acquireNamedLock(name)
      const waiting = subject.locks.withNamedLock(name, (_, lock) => lock.sessionId)
      const first = await waiterOf(stage, other, name)
      await other.killSession(first)
      const second = await waiterOf(stage, other, name, first)
      await held.release()
      assert.equal(await waiting, second)
    })

    suite.it('waits on until its deadline, and no longer', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      // Who looks and who kills are to be connected: the wait must not be over before.
      await Promise.all([other.locks.listNamedLocks(), other.read(null, 'any')])
      await assertTakes(600, async () => {
        // Each time another one: for a moment a server may take a connection that was closed for one that waits.
        const name = stage.name()
        const held = await other.locks.acquireNamedLock(name)
        const took = timed(() =>
          rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(name, { timeoutMs: 600 })),
        )
        await other.killSession(await waiterOf(stage, other, name))
        const ms = await took
        await held.release()
        return ms
      })
    })

    if (suite.capabilities.joins !== 'none') {
      suite.it('inside a transaction: LOCK_FAILED, and nothing of that is committed', async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        await subject.write(null, counter, 1)
        const held = await other.locks.acquireNamedLock(name)
        let joining: Promise<unknown> | undefined
        const outer = subject.locks.withNamedLock(stage.name('outer'), async (transaction) => {
          await subject.write(transaction, counter, 2)
          joining = rejectionWith(
            'LOCK_FAILED',
            subject.joined(transaction).withNamedLock(name, () => {}),
          )
          await joining
        })
        const lost = rejectionWith('LOCK_LOST', outer)
        await other.killSession(await waiterOf(stage, other, name))
        await lost
        await joining
        assert.equal(await other.read(null, counter), 1)
        await held.release()
      })
    }
  })
}
