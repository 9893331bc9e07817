import assert from 'node:assert/strict'
import type { LockDeadlockError } from '@ormutex/core'
import type { Subject } from '../harness.js'
import type { Suite } from '../suite.js'
import { deferred } from '../support/deferred.js'
import { PATIENT } from '../support/patient.js'
import { rejectionWith } from '../support/rejection.js'
import { serverErrorOf } from '../support/server-error.js'
import { toldHolder } from '../support/told-holder.js'

/** Two that meet: each waits until both have come. */
function meeting(): () => Promise<void> {
  const met = deferred()
  let missing = 2
  return () => {
    missing -= 1
    if (missing === 0) met.resolve()
    return met.promise
  }
}

/** 10. A deadlock between named locks is LOCK_DEADLOCK; several names at once cannot make one. */
export function deadlockCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('A then B against B then A', () => {
    const places = suite.capabilities.server ? (['one source', 'two sources'] as const) : (['two sources'] as const)
    for (const where of suite.capabilities.joins === 'none' ? [] : places) {
      suite.it(`in transactions of ${where}: one LOCK_DEADLOCK, the other completes`, async (stage) => {
        const first = await stage.open()
        const second = where === 'one source' ? first : await stage.open()
        const names = [stage.name('a'), stage.name('b')] as const
        const counters = [stage.name('counter'), stage.name('counter')] as const
        for (const counter of counters) await first.write(null, counter, 0)
        const bothHold = meeting()
        const take = (subject: Subject<Tx>, index: 0 | 1): Promise<void> =>
          subject.locks.withNamedLock(names[index], async (transaction) => {
            await subject.write(transaction, counters[index], 1)
            await bothHold()
            await subject.joined(transaction).withNamedLock(names[index === 0 ? 1 : 0], () => {})
          })
        const outcomes = await Promise.allSettled([take(first, 0), take(second, 1)])
        const loser = outcomes.findIndex(({ status }) => status === 'rejected')
        assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
        const error = (outcomes[loser] as PromiseRejectedResult).reason as LockDeadlockError
        assert.equal(error.code, 'LOCK_DEADLOCK', String(error))
        assert.equal(error.retryable, true)
        assert.ok(error.message.includes(names[loser === 0 ? 1 : 0]), error.message)
        const committed = await Promise.all(counters.map((counter) => first.read(null, counter)))
        assert.deepEqual(committed, loser === 0 ? [0, 1] : [1, 0])
      })
    }

    suite.it('as arrays never deadlock, whatever the order', async (stage) => {
      const sources = [await stage.open(), await stage.open()]
      const names = [stage.name('a'), stage.name('b'), stage.name('c')]
      const inside = new Map(names.map((name) => [name, 0]))
      let runs = 0
      const lane = async (subject: Subject<Tx>): Promise<void> => {
        for (let round = 0; round < 25; round += 1) {
          const wanted = names.toSorted(() => Math.random() - 0.5).slice(0, 2 + (round % 2))
          const section = async (transaction: Tx): Promise<void> => {
            for (const name of wanted) {
              assert.equal(inside.get(name), 0, 'they overlap')
              inside.set(name, 1)
            }
            await subject.read(transaction, 'any')
            for (const name of wanted) inside.set(name, 0)
            runs += 1
          }
          await subject.locks.withNamedLock(wanted, section, PATIENT)
        }
      }
      await Promise.all([...sources, ...sources].map(lane))
      assert.equal(runs, 100)
    })
  })

  suite.describe('several names at once', () => {
    suite.it('are taken all or none', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const names = [stage.name('a'), stage.name('b'), stage.name('c')]
      for (const taken of names) {
        const held = await other.locks.acquireNamedLock(taken)
        const others = names.filter((name) => name !== taken)
        await rejectionWith('LOCK_TIMEOUT', subject.locks.acquireNamedLock(names, { timeoutMs: 50 }))
        // A call whose time is up does not wait for long until what it had is given back.
        for (const name of others) await (await other.locks.acquireNamedLock(name)).release()
        const told = await toldHolder(async () => {
          const answer = await subject.locks.tryWithNamedLock(names, () => assert.fail('ran'))
          assert.equal(answer.acquired, false)
          return answer.holder
        })
        assert.equal(told?.sessionId, held.sessionId)
        assert.equal(await subject.locks.tryAcquireNamedLock(names), null)
        for (const name of others) await (await other.locks.acquireNamedLock(name, { timeoutMs: 0 })).release()
        await held.release()
      }
      const all = await subject.locks.acquireNamedLock(names)
      for (const name of names) assert.equal(await other.locks.tryAcquireNamedLock(name), null)
      await all.release()
      await (await other.locks.acquireNamedLock(names, { timeoutMs: 0 })).release()
    })

    suite.it('may repeat one, and are told in the order they were given', async (stage) => {
      const subject = await stage.open()
      const [one, two] = [stage.name('z'), stage.name('a')]
      await subject.locks.withNamedLock([one, two, one], (_, lock) => {
        assert.deepEqual(lock.name, [one, two, one])
        assert.deepEqual(
          lock.key,
          [one, two, one].map((name) => stage.keyOf(name)),
        )
      })
    })
  })

  suite.itOnServer('a row deadlock in the SQL of a callback is its own error', async (stage) => {
    const subject = await stage.open()
    const counters = [stage.name('counter'), stage.name('counter')] as const
    for (const counter of counters) await subject.write(null, counter, 0)
    const bothHold = meeting()
    const outcomes = await Promise.allSettled(
      ([0, 1] as const).map((index) =>
        subject.locks.withNamedLock(stage.name(), async (transaction) => {
          await subject.write(transaction, counters[index], 1)
          await bothHold()
          await subject.write(transaction, counters[index === 0 ? 1 : 0], 1)
        }),
      ),
    )
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.equal(failed.length, 1)
    const { errno, code } = serverErrorOf(suite.harness, failed[0]!.reason)
    assert.deepEqual([errno, code], [1213, 'ER_LOCK_DEADLOCK'])
  })
}
