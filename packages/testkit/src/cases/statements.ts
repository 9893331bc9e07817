import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../suite.js'
import { purposesOf } from '../support/purpose.js'

/** Speed: nothing is sent that is not needed. */
export function statementCases<Tx>(suite: Suite<Tx>): void {
  if (!suite.capabilities.server || !suite.capabilities.direct) return
  suite.describe('statements', () => {
    suite.it("of an uncontended call are GET_LOCK, BEGIN, the callback's, COMMIT, RELEASE_LOCK", async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const { proxy } = stage.environment
      const call = (): Promise<unknown> =>
        subject.locks.withNamedLock(stage.name(), (transaction) => subject.query(transaction, 'SELECT 1'))
      await call()
      for (let count = 0; count < 3; count += 1) {
        proxy.clear()
        await call()
        assert.deepEqual(purposesOf(proxy.statements), ['GET_LOCK', 'BEGIN', 'SELECT 1', 'COMMIT', 'RELEASE_LOCK'])
        assert.equal(new Set(proxy.statements.map(({ connection }) => connection)).size, 1)
      }
    })

    suite.it('of a callback that throws end in ROLLBACK, RELEASE_LOCK', async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const { proxy } = stage.environment
      await subject.locks.withNamedLock(stage.name(), () => {})
      proxy.clear()
      await subject.locks.withNamedLock(stage.name(), () => Promise.reject(new Error('thrown'))).catch(() => {})
      assert.deepEqual(purposesOf(proxy.statements), ['GET_LOCK', 'BEGIN', 'ROLLBACK', 'RELEASE_LOCK'])
    })

    suite.it('of a lock with no transaction are GET_LOCK, RELEASE_LOCK', async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const { proxy } = stage.environment
      await (await subject.locks.acquireNamedLock(stage.name())).release()
      proxy.clear()
      await (await subject.locks.acquireNamedLock(stage.name())).release()
      assert.deepEqual(purposesOf(proxy.statements), ['GET_LOCK', 'RELEASE_LOCK'])
    })

    suite.it('of a wait are one GET_LOCK', async (stage) => {
      const [subject, other] = [await stage.open({ through: 'faults' }), await stage.open()]
      const { proxy } = stage.environment
      await subject.locks.withNamedLock(stage.name(), () => {})
      const name = stage.name()
      const held = await other.locks.acquireNamedLock(name)
      proxy.clear()
      const waiting = subject.locks.acquireNamedLock(name)
      await sleep(300)
      await held.release()
      await (await waiting).release()
      assert.deepEqual(purposesOf(proxy.statements), ['GET_LOCK', 'RELEASE_LOCK'])
    })

    suite.it('on a new connection are no more than on any', async (stage) => {
      const subject = await stage.open({ through: 'faults' })
      const { proxy } = stage.environment
      await subject.locks.withNamedLock(stage.name(), () => {})
      const first = await subject.locks.acquireNamedLock(stage.name())
      proxy.clear()
      // The pool's one connection is taken: the ORM opens another, and may prepare it in its own way.
      await subject.transaction(async () => {
        const opening = purposesOf(proxy.statements).slice(0, -1)
        proxy.clear()
        // Both are taken.
        await subject.locks.withNamedLock(stage.name(), () => {})
        assert.deepEqual(purposesOf(proxy.statements), [...opening, 'GET_LOCK', 'BEGIN', 'COMMIT', 'RELEASE_LOCK'])
      })
      await first.release()
    })
  })
}
