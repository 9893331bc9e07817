import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../suite.js'
import { aborted } from '../support/aborted.js'
import { deferred } from '../support/deferred.js'
import { eventually } from '../support/eventually.js'
import { hold } from '../support/holding.js'
import { rejection, rejectionWith } from '../support/rejection.js'
import { assertTakesAtMost, timed } from '../support/timing.js'

/** "At once", in milliseconds: the server's own time to end a session is in it. */
const AT_ONCE_MS = 300

const POOL_SIZE = 3

/** 4. The session dies while the lock is held. */
export function lostSessionCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('a holder whose session is killed', () => {
    suite.itWhereDirect(
      'while it is idle: LOCK_LOST at once although the callback runs on, and nothing is committed',
      async (stage) => {
        const [subject, other] = [await stage.open({ poolSize: POOL_SIZE }), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        await subject.write(null, counter, 1)
        await assertTakesAtMost(AT_ONCE_MS, async () => {
          const holding = await hold(subject, name, {}, (transaction) => subject.write(transaction, counter, 2))
          const { signal } = holding.lock
          assert.equal(signal.aborted, false)
          await other.killSession(holding.lock.sessionId)

          const ms = await timed(async () => {
            const error = await rejectionWith('LOCK_LOST', holding.done)
            assert.ok(error.cause instanceof Error, 'no cause')
          })
          assert.equal(signal.aborted, true)
          assert.equal((signal.reason as { code?: unknown }).code, 'LOCK_LOST')
          const next = await other.locks.acquireNamedLock(name, { timeoutMs: 1_000 })
          if (suite.capabilities.server) await rejection(subject.write(holding.transaction, counter, 3))
          holding.letGo()
          await sleep(20)
          assert.equal(await other.read(null, counter), 1)
          await next.release()
          return ms
        })
        await stage.assertWhole(subject, POOL_SIZE)
      },
    )

    suite.itWhereDirect('and swallows it: LOCK_LOST all the same', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const counter = stage.name('counter')
      await subject.write(null, counter, 1)
      const call = subject.locks.withNamedLock(stage.name(), async (transaction, lock) => {
        await subject.write(transaction, counter, 2)
        await other.killSession(lock.sessionId)
        await subject.read(transaction, counter).catch(() => {})
        // Before that, a COMMIT may well be on its way when the session dies.
        await aborted(lock.signal)
        return 'as if nothing had happened'
      })
      await rejectionWith('LOCK_LOST', call)
      assert.equal(await other.read(null, counter), 1)
    })

    suite.itWhereDirect('with no transaction open: its signal aborts, and releasing it does nothing', async (stage) => {
      const [subject, other] = [await stage.open({ poolSize: POOL_SIZE }), await stage.open()]
      const name = stage.name()
      await assertTakesAtMost(AT_ONCE_MS, async () => {
        const lock = await subject.locks.acquireNamedLock(name)
        await other.killSession(lock.sessionId)
        const ms = await timed(() => aborted(lock.signal))
        assert.equal((lock.signal.reason as { code?: unknown }).code, 'LOCK_LOST')
        const next = await other.locks.acquireNamedLock(name, { timeoutMs: 1_000 })
        await lock.release()
        assert.notEqual(await subject.locks.namedLockHolder(name), null)
        await next.release()
        return ms
      })
      await stage.assertWhole(subject, POOL_SIZE)
    })

    if (suite.capabilities.joins === 'any') {
      suite.it("in a transaction of the caller's: LOCK_LOST at once, and nothing is committed", async (stage) => {
        const [subject, other] = [await stage.open({ poolSize: POOL_SIZE }), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        await subject.write(null, counter, 1)
        await assertTakesAtMost(AT_ONCE_MS, async () => {
          const gate = deferred()
          let killedAt = 0
          let noticedAt = 0
          const outer = subject.transaction(async (transaction) => {
            await subject.write(transaction, counter, 2)
            const call = subject.joined(transaction).withNamedLock(name, async (_, lock) => {
              // Not when KILL is answered: by then the loss may have been told.
              killedAt = performance.now()
              await other.killSession(lock.sessionId)
              await gate.promise
            })
            await rejectionWith('LOCK_LOST', call)
            noticedAt = performance.now()
          })
          // With what is the ORM's own business: its COMMIT finds the connection dead.
          await rejection(outer)
          assert.ok(noticedAt > 0, 'not noticed')
          gate.resolve()
          await (await other.locks.acquireNamedLock(name, { timeoutMs: 1_000 })).release()
          return noticedAt - killedAt
        })
        assert.equal(await other.read(null, counter), 1)
        await stage.assertWhole(subject, POOL_SIZE)
      })
    }

    if (!suite.capabilities.direct) return
    suite.itOnServer('in the middle of a statement: LOCK_LOST at once, and nothing is committed', async (stage) => {
      const [subject, other] = [await stage.open({ poolSize: POOL_SIZE }), await stage.open()]
      const [name, counter] = [stage.name(), stage.name('counter')]
      await subject.write(null, counter, 1)
      await assertTakesAtMost(AT_ONCE_MS, async () => {
        const gate = deferred()
        const call = subject.locks.withNamedLock(name, async (transaction) => {
          await subject.write(transaction, counter, 2)
          await subject.query(transaction, 'SELECT SLEEP(20)').catch(() => {})
          await gate.promise
        })
        const lost = rejectionWith('LOCK_LOST', call)
        const holder = await eventually(async () => {
          const seen = await other.locks.namedLockHolder(name)
          assert.match(seen?.statement ?? '', /SLEEP/)
          return seen!
        })
        await other.killSession(holder.sessionId)
        const ms = await timed(async () => {
          const error = await lost
          assert.ok(error.cause instanceof Error, 'no cause')
        })
        gate.resolve()
        const next = await other.locks.acquireNamedLock(name, { timeoutMs: 1_000 })
        assert.equal(await other.read(null, counter), 1)
        await next.release()
        return ms
      })
      await stage.assertWhole(subject, POOL_SIZE)
    })

    suite.itOnServer('by a reset of every connection: LOCK_LOST, and the pool comes back', async (stage) => {
      await assertTakesAtMost(AT_ONCE_MS, async () => {
        // Each time another one: a connection that a pool is still opening would be reset, too, and fail a call of after that.
        const subject = await stage.open({ through: 'faults', poolSize: POOL_SIZE })
        const name = stage.name()
        const lock = await subject.locks.acquireNamedLock(name)
        const holding = await hold(subject, stage.name())
        stage.environment.proxy.cutAll({ reset: true })
        const ms = await timed(async () => {
          await rejectionWith('LOCK_LOST', holding.done)
          await aborted(lock.signal)
        })
        holding.letGo()
        await (await subject.locks.acquireNamedLock(name)).release()
        await stage.assertWhole(subject, POOL_SIZE)
        await stage.closeSubject(subject)
        return ms
      })
    })
  })
}
