import assert from 'node:assert/strict'
import type { Lock } from '@ormutex/core'
import { holdUntil } from '../fault-proxy/index.js'
import type { Subject } from '../harness.js'
import type { Stage } from '../stage.js'
import type { Suite } from '../suite.js'
import { deferred } from '../support/deferred.js'
import { eventually } from '../support/eventually.js'
import { rejection, rejectionWith } from '../support/rejection.js'
import { timedAbort } from '../support/timed-abort.js'
import { assertTakes, timed } from '../support/timing.js'

/** A transaction that can be joined. */
type Outer<Tx> = (
  stage: Stage<Tx>,
  subject: Subject<Tx>,
  work: (transaction: Tx) => Promise<unknown>,
) => Promise<unknown>

function outersOf<Tx>(joins: 'any' | 'locked'): Readonly<Record<string, Outer<Tx>>> {
  const ofLock: Outer<Tx> = (stage, subject, work) => subject.locks.withNamedLock(stage.name('outer'), work)
  const own: Outer<Tx> = (_, subject, work) => subject.transaction(work)
  return { 'the transaction of a lock': ofLock, ...(joins === 'any' && { "a transaction of the caller's": own }) }
}

async function isFree<Tx>(subject: Subject<Tx>, name: string): Promise<boolean> {
  const lock = await subject.locks.tryAcquireNamedLock(name)
  await lock?.release()
  return lock !== null
}

/** 7. Called on a transaction: joins it, on its connection, and holds the lock until that transaction has ended. */
export function joinCases<Tx>(suite: Suite<Tx>): void {
  const { joins } = suite.capabilities
  if (joins === 'none') return
  for (const [what, outer] of Object.entries(outersOf<Tx>(joins))) {
    suite.describe(`a lock that joins ${what}`, () => {
      for (const end of ['committed', 'rolled back'] as const) {
        suite.it(`is held until that is ${end}, and free as soon as that has resolved`, async (stage) => {
          const [subject, other] = [await stage.open(), await stage.open()]
          const [name, counter] = [stage.name(), stage.name('counter')]
          await subject.write(null, counter, 1)
          for (let round = 0; round < 5; round += 1) {
            const thrown = new Error('roll back')
            const ending = outer(stage, subject, async (transaction) => {
              const result = await subject.joined(transaction).withNamedLock(name, async (joined, lock) => {
                assert.equal(lock.key, stage.keyOf(name))
                await subject.write(joined, counter, 2)
                return 'the result'
              })
              assert.equal(result, 'the result')
              assert.equal(await isFree(other, name), false)
              if (end === 'rolled back') throw thrown
            })
            if (end === 'committed') await ending
            else assert.equal(await rejection(ending), thrown)
            assert.equal(await isFree(other, name), true)
          }
          assert.equal(await other.read(null, counter), end === 'committed' ? 2 : 1)
        })
      }

      suite.itOnServer('is held as long as COMMIT is not answered', async (stage) => {
        const [subject, other] = [await stage.open({ through: 'faults' }), await stage.open()]
        const [name, answer] = [stage.name(), deferred()]
        assert.equal(await isFree(other, name), true)
        const commit = stage.on(/^\s*COMMIT/i, holdUntil(answer.promise))
        const ending = outer(stage, subject, (transaction) => subject.joined(transaction).withNamedLock(name, () => {}))
        await commit.hit()
        assert.equal(await isFree(other, name), false)
        answer.resolve()
        await ending
        assert.equal(await isFree(other, name), true)
      })

      suite.it('is held although its own callback threw, which the transaction may survive', async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        const thrown = new Error('of the callback')
        await outer(stage, subject, async (transaction) => {
          const call = subject.joined(transaction).withNamedLock(name, async () => {
            await subject.write(transaction, counter, 2)
            throw thrown
          })
          assert.equal(await rejection(call), thrown)
          assert.equal(await isFree(other, name), false)
        })
        assert.equal(await other.read(null, counter), 2)
      })

      suite.it('waits up to its timeout, and is not granted later', async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        const held = await other.locks.acquireNamedLock(name)
        await outer(stage, subject, async (transaction) => {
          const joined = subject.joined(transaction)
          const timeout = (timeoutMs: number) => (): Promise<number> =>
            timed(() =>
              rejectionWith(
                'LOCK_TIMEOUT',
                joined.withNamedLock(name, () => assert.fail('ran'), { timeoutMs }),
              ),
            )
          await assertTakes(300, timeout(300))
          await assertTakes(0, timeout(0))
          const answer = await joined.tryWithNamedLock(name, () => assert.fail('ran'))
          assert.equal(answer.acquired, false)
          assert.equal(answer.holder?.sessionId, held.sessionId)
          await held.release()
          assert.equal(await isFree(other, name), true)
          // Nothing happened to the transaction.
          await subject.write(transaction, counter, 2)
        })
        assert.equal(await other.read(null, counter), 2)
      })

      suite.it('is given up by its signal, and not granted later; the transaction goes on', async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        const held = await other.locks.acquireNamedLock(name)
        await outer(stage, subject, async (transaction) => {
          const joined = subject.joined(transaction)
          await assertTakes(0, () =>
            timedAbort((signal) => joined.withNamedLock(name, () => assert.fail('ran'), { signal })),
          )
          await held.release()
          // What was to end the wait may still be on its way when the caller is told: what is granted until then is given back at once.
          await eventually(async () => assert.equal(await isFree(other, name), true))
          await subject.write(transaction, counter, 2)
        })
        assert.equal(await other.read(null, counter), 2)
      })

      suite.it('takes several names, all or none', async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const [one, two] = [stage.name(), stage.name()]
        const held = await other.locks.acquireNamedLock(two)
        await outer(stage, subject, async (transaction) => {
          const joined = subject.joined(transaction)
          await rejectionWith(
            'LOCK_TIMEOUT',
            joined.withNamedLock([one, two], () => assert.fail('ran'), { timeoutMs: 50 }),
          )
          // A call whose time is up does not wait for long until what it had is given back.
          await eventually(async () => assert.equal(await isFree(other, one), true))
          await held.release()
          await joined.withNamedLock([two, one], (_, lock) => assert.deepEqual(lock.name, [two, one]))
          assert.deepEqual([await isFree(other, one), await isFree(other, two)], [false, false])
        })
        assert.deepEqual([await isFree(other, one), await isFree(other, two)], [true, true])
      })

      suite.it('runs no callback any more that waits for a sibling when the transaction ends', async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const name = stage.name()
        const [started, gate] = [deferred(), deferred()]
        let waiting: Promise<unknown> | undefined
        let first: Promise<unknown> | undefined
        await outer(stage, subject, async (transaction) => {
          const joined = subject.joined(transaction)
          first = joined.withNamedLock(name, () => (started.resolve(), gate.promise))
          await started.promise
          waiting = rejectionWith(
            'LOCK_FAILED',
            joined.withNamedLock(name, () => assert.fail('ran'), { timeoutMs: Infinity }),
          )
        })
        assert.equal(await isFree(other, name), true)
        await waiting
        gate.resolve()
        await first
      })

      suite.it(
        'tells a callback that outlives it, by its signal; one that has settled is told nothing',
        async (stage) => {
          const subject = await stage.open()
          const [watched, started, gate] = [deferred<Lock>(), deferred<Lock>(), deferred()]
          const running: Promise<string>[] = []
          let settled: Lock | undefined
          await outer(stage, subject, async (transaction) => {
            const joined = subject.joined(transaction)
            const outlive =
              ({ resolve }: { resolve: (lock: Lock) => void }) =>
              async (_: Tx, lock: Lock): Promise<string> => {
                resolve(lock)
                await gate.promise
                return 'its own'
              }
            running.push(joined.withNamedLock(stage.name(), outlive(watched)))
            assert.equal((await watched.promise).signal.aborted, false)
            running.push(joined.withNamedLock(stage.name(), outlive(started)))
            await started.promise
            settled = await joined.withNamedLock(stage.name(), (_, lock) => lock)
            assert.equal(settled.signal.aborted, false)
          })
          for (const lock of [await watched.promise, await started.promise]) {
            const { code, message } = lock.signal.reason as { code?: string; message?: string }
            assert.equal(code, 'LOCK_LOST')
            assert.ok(message?.includes(`"${lock.name}" is released`), message)
          }
          assert.equal(settled?.signal.aborted, false)
          gate.resolve()
          assert.deepEqual(await Promise.all(running), ['its own', 'its own'])
        },
      )

      suite.it('cannot be released by hand, which would be before the commit', async (stage) => {
        const subject = await stage.open()
        await outer(stage, subject, (transaction) =>
          subject.joined(transaction).withNamedLock(stage.name(), async (_, lock) => {
            assert.ok((await rejection(lock.release())) instanceof TypeError)
          }),
        )
      })

      if (suite.capabilities.server) {
        suite.itWhereDirect(
          'adds no statement but GET_LOCK and RELEASE_LOCK, no savepoint above all',
          async (stage) => {
            const subject = await stage.open({ through: 'faults' })
            const { proxy } = stage.environment
            await outer(stage, subject, (transaction) =>
              subject.joined(transaction).withNamedLock(stage.name(), () => {}),
            )
            await outer(stage, subject, async (transaction) => {
              proxy.clear()
              await subject.joined(transaction).withNamedLock(stage.name(), () => {})
              assert.deepEqual(
                proxy.statements.map(({ sql }) => /GET_LOCK/.test(sql)),
                [true],
              )
            })
          },
        )
      }
    })
  }

  if (joins !== 'any') return
  suite.describe('a lock inside a savepoint', () => {
    for (const end of ['released', 'rolled back'] as const) {
      suite.it(`that is ${end} is held until the outermost transaction has ended`, async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        assert.ok(subject.savepoint !== undefined, 'a harness with joins: any needs savepoint')
        const [name, counter] = [stage.name(), stage.name('counter')]
        await subject.transaction(async (transaction) => {
          const inner = subject.savepoint!(transaction, (savepoint) =>
            subject.joined(savepoint).withNamedLock(name, async (joined) => {
              await subject.write(joined, counter, 2)
              if (end === 'rolled back') throw new Error('roll back to the savepoint')
            }),
          )
          await (end === 'released' ? inner : rejection(inner))
          assert.equal(await isFree(other, name), false)
          // The same lock again, from another handle on the same transaction.
          await subject.joined(transaction).withNamedLock(name, () => {}, { timeoutMs: 0 })
        })
        assert.equal(await isFree(other, name), true)
        assert.equal(await other.read(null, counter), end === 'released' ? 2 : 0)
      })
    }
  })
}
