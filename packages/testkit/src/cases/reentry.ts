import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../suite.js'
import { deferred } from '../support/deferred.js'
import { rejectionWith } from '../support/rejection.js'
import { assertTakes, timed } from '../support/timing.js'

/** Runs callbacks that fail when two of them overlap. */
function oneAtATime(): () => Promise<void> {
  let inside = 0
  return async () => {
    assert.equal((inside += 1), 1, 'they overlap')
    await sleep(5)
    inside -= 1
  }
}

/** 8. The same name again inside its own callback; siblings queue. */
export function reentryCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('the same name inside its own callback', () => {
    suite.it('through the root object: LOCK_REENTRY at once, whatever the method', async (stage) => {
      const { locks } = await stage.open()
      const name = stage.name()
      await locks.withNamedLock(name, async () => {
        const calls = [
          () => locks.withNamedLock(name, () => assert.fail('ran')),
          () => locks.withNamedLock([stage.name(), name], () => assert.fail('ran')),
          () => locks.tryWithNamedLock(name, () => assert.fail('ran')),
          () => locks.acquireNamedLock(name),
          () => locks.tryAcquireNamedLock(name),
        ]
        for (const call of calls) {
          await assertTakes(0, () => timed(() => rejectionWith('LOCK_REENTRY', call())))
        }
      })
    })

    suite.it('in the middle of a chain of others: LOCK_REENTRY', async (stage) => {
      const { locks } = await stage.open()
      const [outer, inner] = [stage.name('outer'), stage.name('inner')]
      await locks.withNamedLock(outer, () =>
        locks.withNamedLock(inner, () =>
          rejectionWith(
            'LOCK_REENTRY',
            locks.withNamedLock(outer, () => assert.fail('ran')),
          ),
        ),
      )
    })

    suite.it('on another source waits, for that may be another server', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const name = stage.name()
      await subject.locks.withNamedLock(name, () =>
        rejectionWith(
          'LOCK_TIMEOUT',
          other.locks.withNamedLock(name, () => assert.fail('ran'), { timeoutMs: 50 }),
        ),
      )
    })

    suite.it('but after it has ended is no re-entry', async (stage) => {
      const { locks } = await stage.open()
      const name = stage.name()
      const ended = deferred()
      let afterwards: Promise<string> | undefined
      await locks.withNamedLock(name, () => {
        afterwards = ended.promise.then(() => locks.withNamedLock(name, () => 'ran'))
      })
      ended.resolve()
      assert.equal(await afterwards, 'ran')
    })

    suite.it('another name is no re-entry', async (stage) => {
      const { locks } = await stage.open()
      assert.equal(await locks.withNamedLock(stage.name(), () => locks.withNamedLock(stage.name(), () => 'ran')), 'ran')
    })

    if (suite.capabilities.joins !== 'none') {
      suite.it('on its transaction works, as deep as one likes, and is released once all have ended', async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const name = stage.name()
        const result = await subject.locks.withNamedLock(name, (transaction, lock) =>
          subject.joined(transaction).withNamedLock(name, (inner, innerLock) => {
            assert.equal(innerLock.sessionId, lock.sessionId)
            assert.equal(innerLock.token, lock.token)
            return subject.joined(inner).withNamedLock(name, async (innermost) => {
              assert.equal((await subject.joined(innermost).tryWithNamedLock(name, () => {})).acquired, true)
              return 'ran'
            })
          }),
        )
        assert.equal(result, 'ran')
        const next = await other.locks.tryAcquireNamedLock(name)
        assert.ok(next !== null, 'still locked')
        await next.release()
      })

      suite.it('that joined: LOCK_REENTRY through the root object', async (stage) => {
        const subject = await stage.open()
        const name = stage.name()
        await subject.locks.withNamedLock(stage.name('outer'), (transaction) =>
          subject.joined(transaction).withNamedLock(name, () =>
            rejectionWith(
              'LOCK_REENTRY',
              subject.locks.withNamedLock(name, () => assert.fail('ran')),
            ),
          ),
        )
      })
    }
  })

  suite.describe('siblings', () => {
    suite.it('through the root object queue', async (stage) => {
      const { locks } = await stage.open()
      const name = stage.name()
      const callback = oneAtATime()
      await Promise.all(Array.from({ length: 8 }, () => locks.withNamedLock(name, callback)))
    })

    suite.it('started in a callback of another lock queue', async (stage) => {
      const { locks } = await stage.open()
      const name = stage.name()
      const callback = oneAtATime()
      await locks.withNamedLock(stage.name('outer'), () =>
        Promise.all(Array.from({ length: 4 }, () => locks.withNamedLock(name, callback))),
      )
    })

    if (suite.capabilities.joins !== 'none') {
      for (const [what, sameName] of [
        ['of another lock', false],
        ['of that same lock', true],
      ] as const) {
        suite.it(`on the transaction ${what} queue`, async (stage) => {
          const subject = await stage.open()
          const name = stage.name()
          const callback = oneAtATime()
          await subject.locks.withNamedLock(sameName ? name : stage.name('outer'), async (transaction) => {
            const joined = subject.joined(transaction)
            await Promise.all(Array.from({ length: 8 }, () => joined.withNamedLock(name, callback)))
          })
        })
      }

      suite.it(
        'on one transaction in groups that overlap queue, and do not wait for each other for ever',
        async (stage) => {
          const subject = await stage.open()
          const [one, two] = [stage.name(), stage.name()]
          const callback = oneAtATime()
          await subject.locks.withNamedLock(stage.name('outer'), async (transaction) => {
            const joined = subject.joined(transaction)
            const groups = [[one, two], [two, one], [one], [two, one]]
            await Promise.all(
              groups.map((group) => joined.withNamedLock(group, group.length === 2 ? callback : () => {})),
            )
          })
        },
      )
    }
  })
}
