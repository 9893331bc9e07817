import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../suite.js'
import { isLocked } from '../server-view.js'
import { rejection, rejectionWith } from '../support/rejection.js'
import { timed } from '../support/timing.js'

/** What a callback may do to its transaction and to its lock behind ormutex's back. */
const STATEMENTS = [
  'COMMIT',
  'ROLLBACK',
  // Commits by itself.
  'CREATE TABLE ended_by_ddl (id INT)',
  'SELECT RELEASE_ALL_LOCKS()',
]

/** 6. The transaction ends on its own: the lock never stays behind on a pooled connection. */
export function foreignEndCases<Tx>(suite: Suite<Tx>): void {
  if (!suite.capabilities.server) return
  suite.describe('a callback that ends its transaction itself', () => {
    for (const sql of STATEMENTS) {
      for (const throws of [false, true]) {
        suite.it(`by ${sql}${throws ? ' and throws' : ''}: its result stands, and no lock stays`, async (stage) => {
          const [subject, other] = [await stage.open({ poolSize: 2 }), await stage.open()]
          const name = stage.name()
          const thrown = new Error('of the callback')
          const call = subject.locks.withNamedLock(name, async (transaction) => {
            await subject.query(transaction, sql)
            if (throws) throw thrown
            return 'the result'
          })
          if (throws) assert.equal(await rejection(call), thrown)
          else assert.equal(await call, 'the result')
          await other.query(null, 'DROP TABLE IF EXISTS ended_by_ddl')
          const next = await other.locks.tryAcquireNamedLock(name, { timeoutMs: 500 })
          assert.ok(next !== null, 'still locked')
          await next.release()
          await stage.assertWhole(subject, 2)
        })
      }
    }

    suite.it('and goes on: the lock stays until it has returned', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      await subject.locks.withNamedLock(name, async (transaction) => {
        await subject.query(transaction, 'COMMIT')
        await subject.query(transaction, 'SELECT 1')
        assert.equal(await other.locks.tryAcquireNamedLock(name), null)
      })
    })
  })

  suite.describe('a source that is closed', () => {
    suite.it('gives back what it holds and ends every wait at once', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const [name, taken] = [stage.name(), stage.name('taken')]
      const held = await other.locks.acquireNamedLock(taken)
      const lock = await subject.locks.acquireNamedLock(name)
      const call = (each: string): Promise<unknown> =>
        rejectionWith(
          'LOCK_FAILED',
          subject.locks.withNamedLock(each, () => assert.fail('ran'), { timeoutMs: Infinity }),
        )
      // At the server, in the queue behind that, and behind a holder of the same source.
      const waits = [taken, taken, name].map(call)
      await sleep(50)
      const took = await timed(() => stage.closeSubject(subject))
      await Promise.all(waits)
      assert.ok(took < 2_000, `closing took ${took} ms`)
      assert.equal((lock.signal.reason as { code?: unknown }).code, 'LOCK_LOST')
      assert.equal(await isLocked(stage.environment, lock.key), false)
      if (suite.capabilities.reopens) {
        assert.equal(await subject.locks.withNamedLock(stage.name(), () => 'again'), 'again')
        await subject.close()
      } else {
        await call(stage.name())
      }
      await held.release()
    })
  })
}
