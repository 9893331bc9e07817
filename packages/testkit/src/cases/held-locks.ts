import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../suite.js'
import { hold } from '../support/holding.js'
import { PATIENT } from '../support/patient.js'
import { rejection } from '../support/rejection.js'

/** The `Lock` itself. */
export function heldLockCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('a lock', () => {
    suite.it('with no transaction is held until it is released, which may be done twice', async (stage) => {
      const [subject, other] = [await stage.open({ poolSize: 2 }), await stage.open()]
      const name = stage.name()
      const lock = await subject.locks.acquireNamedLock(name)
      assert.equal(lock.name, name)
      assert.equal(lock.key, stage.keyOf(name))
      assert.equal(await other.locks.tryAcquireNamedLock(name), null)
      await Promise.all([lock.release(), lock.release()])
      const next = await other.locks.acquireNamedLock(name, { timeoutMs: 0 })
      await lock.release()
      assert.equal(await subject.locks.tryAcquireNamedLock(name), null)
      await next.release()
      assert.equal(lock.signal.aborted, false)
      await stage.assertWhole(subject, 2)
    })

    suite.it('with no transaction is released by `await using`', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      const thrown = new Error('inside')
      const use = async (): Promise<void> => {
        await using lock = await subject.locks.acquireNamedLock(name)
        assert.equal(await other.locks.tryAcquireNamedLock(lock.name), null)
        throw thrown
      }
      assert.equal(await rejection(use()), thrown)
      await (await other.locks.acquireNamedLock(name, { timeoutMs: 0 })).release()
    })

    suite.it('in a callback cannot be released by hand; afterwards that does nothing', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      const lock = await subject.locks.withNamedLock(name, async (_, held) => {
        assert.ok((await rejection(held.release())) instanceof TypeError)
        assert.equal(await other.locks.tryAcquireNamedLock(name), null)
        return held
      })
      await lock.release()
      assert.equal(lock.signal.aborted, false)
    })

    suite.it('says how long it was waited for', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      const holding = await hold(other, name)
      const waiting = subject.locks.acquireNamedLock(name)
      await sleep(200)
      await holding.finish()
      const lock = await waiting
      assert.ok(lock.waitedMs > 150 && lock.waitedMs < 1_000, String(lock.waitedMs))
      await lock.release()
    })

    suite.it('has a token that grows with every grant, whatever the name and the source', async (stage) => {
      const sources = [await stage.open(), await stage.open()]
      const names = [stage.name(), stage.name()]
      let last = 0n
      for (let count = 0; count < 20; count += 1) {
        const lock = await sources[count % 2]!.locks.acquireNamedLock(names[Math.floor(count / 2) % 2]!)
        assert.equal(typeof lock.token, 'bigint')
        assert.ok(lock.token > last, `${lock.token} after ${last}`)
        last = lock.token
        await lock.release()
      }
    })

    suite.it('has a token that grows from waiter to waiter', async (stage) => {
      const sources = [await stage.open(), await stage.open()]
      const name = stage.name()
      const tokens: bigint[] = []
      const calls = Array.from({ length: 20 }, (_, index) =>
        sources[index % 2]!.locks.withNamedLock(name, (_transaction, lock) => void tokens.push(lock.token), PATIENT),
      )
      await Promise.all(calls)
      assert.deepEqual(
        tokens,
        tokens.toSorted((a, b) => (a < b ? -1 : 1)),
      )
      assert.equal(new Set(tokens).size, 20)
    })
  })
}
