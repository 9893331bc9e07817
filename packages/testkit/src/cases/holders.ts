import assert from 'node:assert/strict'
import type { Suite } from '../suite.js'
import { eventually } from '../support/eventually.js'
import { toldHolder } from '../support/told-holder.js'

/** Who has a lock, and what the `try…` calls answer. */
export function holderCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('trying', () => {
    suite.it('a lock that is free runs the callback, and answers with its value', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const [name, counter] = [stage.name(), stage.name('counter')]
      const answer = await subject.locks.tryWithNamedLock(name, async (transaction) => {
        await subject.write(transaction, counter, 7)
        assert.equal(await other.locks.tryAcquireNamedLock(name), null)
        return 'the value'
      })
      assert.deepEqual(answer, { acquired: true, value: 'the value' })
      assert.equal(await other.read(null, counter), 7)
    })

    for (const where of ['another source', 'the same source'] as const) {
      suite.it(`a lock that ${where} has answers with the holder, and runs nothing`, async (stage) => {
        const subject = await stage.open()
        const holder = where === 'the same source' ? subject : await stage.open()
        const name = stage.name()
        const lock = await holder.locks.acquireNamedLock(name)
        const told = await toldHolder(async () => {
          const answer = await subject.locks.tryWithNamedLock(name, () => assert.fail('ran'))
          assert.equal(answer.acquired, false)
          return answer.holder
        })
        assert.equal(told?.sessionId, lock.sessionId)
        assert.equal(await subject.locks.tryAcquireNamedLock(name), null)
        await lock.release()
      })
    }

    suite.it('waits when it is told to', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      const lock = await other.locks.acquireNamedLock(name)
      const waiting = subject.locks.tryWithNamedLock(name, () => 'ran', { timeoutMs: 5_000 })
      const alsoWaiting = subject.locks.tryAcquireNamedLock(name, { timeoutMs: 5_000 })
      await eventually(async () => {
        const entry = (await other.locks.listNamedLocks()).find(({ key }) => key === lock.key)
        assert.equal(entry?.waiters.length, 1)
      })
      await lock.release()
      assert.deepEqual(await waiting, { acquired: true, value: 'ran' })
      await (await alsoWaiting)?.release()
      assert.notEqual(await alsoWaiting, null)
    })
  })

  suite.describe('holders', () => {
    suite.it('are told by name, as far as is known', async (stage) => {
      const subject = await stage.open({ namedLocks: { label: 'web-1' } })
      const other = await stage.open()
      const name = stage.name()
      assert.equal(await subject.locks.namedLockHolder(name), null)
      const lock = await subject.locks.acquireNamedLock(name)
      const own = await subject.locks.namedLockHolder(name)
      assert.equal(own?.sessionId, lock.sessionId)
      assert.equal(own?.label, 'web-1')
      assert.ok(own?.heldMs !== undefined && own.heldMs >= 0 && own.heldMs < 5_000, String(own?.heldMs))
      const seen = await other.locks.namedLockHolder(name)
      assert.equal(seen?.sessionId, lock.sessionId)
      if (suite.capabilities.server) {
        const { user, flavour } = stage.environment.server
        assert.equal(seen?.user, user)
        assert.equal(typeof seen?.host, 'string')
        // MariaDB shows connection attributes only where performance_schema is on, which it is not by default.
        if (flavour === 'mysql') assert.equal(seen?.label, 'web-1')
      }
      await lock.release()
      assert.equal(await other.locks.namedLockHolder(name), null)
    })

    suite.it('are listed by key, with those who wait', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const [one, two] = [stage.name(), stage.name()]
      const locks = [await subject.locks.acquireNamedLock(one), await subject.locks.acquireNamedLock(two)] as const
      const waiting = other.locks.withNamedLock(one, (_, lock) => lock.sessionId)
      const entryOf = async (name: string) =>
        (await subject.locks.listNamedLocks()).find(({ key }) => key === stage.keyOf(name))
      const entry = await eventually(async () => {
        const found = await entryOf(one)
        assert.equal(found?.waiters.length, 1)
        if (suite.capabilities.server) assert.equal(typeof found.waiters[0]!.waitedMs, 'number')
        return found
      })
      assert.equal(entry.name, one)
      assert.equal(entry.holder?.sessionId, locks[0].sessionId)
      assert.equal((await entryOf(two))?.holder?.sessionId, locks[1].sessionId)
      assert.deepEqual((await entryOf(two))?.waiters, [])
      await locks[0].release()
      assert.equal(await waiting, entry.waiters[0]!.sessionId)
      await locks[1].release()
      assert.equal(await entryOf(two), undefined)
    })
  })
}
