import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lock } from '@ormutex/core'
import type { Subject } from '../harness.js'
import { waitingIds } from '../server-view.js'
import type { Stage } from '../stage.js'
import type { Suite } from '../suite.js'
import { eventually } from '../support/eventually.js'
import { assertTakesAtMost, timed } from '../support/timing.js'

const POOL_SIZE = 4
/** Half of the pool, which is the default. */
const MAX_WAITERS = 2

interface Crowd<Tx> {
  readonly subject: Subject<Tx>
  readonly other: Subject<Tx>
  /** What `other` holds and `subject` waits for. */
  readonly taken: readonly Lock[]
  readonly waiting: readonly Promise<string>[]
}

/** A source with more waiters, each for a lock of its own, than may sit waiting at once. */
async function crowd<Tx>({ capabilities }: Suite<Tx>, stage: Stage<Tx>): Promise<Crowd<Tx>> {
  // Half of what is not known cannot be the default.
  const options = capabilities.direct ? {} : { namedLocks: { maxWaiters: MAX_WAITERS } }
  const [subject, other] = [await stage.open({ poolSize: POOL_SIZE, ...options }), await stage.open({ poolSize: 20 })]
  const names = Array.from({ length: 8 }, () => stage.name('taken'))
  const taken = await Promise.all(names.map((name) => other.locks.acquireNamedLock(name)))
  const waiting = names.map((name) => subject.locks.withNamedLock(name, () => name, { timeoutMs: Infinity }))
  await eventually(async () => assert.equal((await waitingIds(stage.environment)).length, MAX_WAITERS))
  return { subject, other, taken, waiting }
}

async function disperse<Tx>({ taken, waiting }: Crowd<Tx>): Promise<void> {
  await Promise.all(taken.map((lock) => lock.release()))
  await Promise.all(waiting)
}

/** 9. Waiting never starves holders: `maxWaiters`. */
export function waiterSlotCases<Tx>(suite: Suite<Tx>): void {
  if (!suite.capabilities.server) return
  suite.describe('waiters for many locks', () => {
    suite.it('leave the rest of the pool to others, and are all served', async (stage) => {
      const gathered = await crowd(suite, stage)
      const { subject, taken, waiting } = gathered
      for (let count = 0; count < 40; count += 1) {
        assert.ok((await waitingIds(stage.environment)).length <= MAX_WAITERS)
        const ms = await timed(() => subject.query(null, 'SELECT 1'))
        assert.ok(ms < 500, `a query took ${ms} ms`)
      }
      // From the last to the first: none of them depends on another one being served.
      for (const [index, lock] of [...taken.entries()].toReversed()) {
        await lock.release()
        assert.equal(await waiting[index], lock.name)
      }
    })

    suite.it('do not keep a lock that is free from being had', async (stage) => {
      const gathered = await crowd(suite, stage)
      const { subject } = gathered
      await assertTakesAtMost(500, () => timed(() => subject.locks.withNamedLock(stage.name('free'), () => {})))
      await disperse(gathered)
    })

    suite.it('do not hold back a call inside the callback of a held lock', async (stage) => {
      const gathered = await crowd(suite, stage)
      const { subject, other } = gathered
      const inner = stage.name('inner')
      const held = await other.locks.acquireNamedLock(inner)
      await subject.locks.withNamedLock(stage.name('outer'), async () => {
        const entered = subject.locks.withNamedLock(inner, () => performance.now())
        await eventually(async () => assert.equal((await waitingIds(stage.environment)).length, MAX_WAITERS + 1))
        const releasedAt = performance.now()
        await held.release()
        const ms = (await entered) - releasedAt
        assert.ok(ms < 500, `took ${ms} ms`)
      })
      await disperse(gathered)
    })

    suite.it('are as many as maxWaiters says', async (stage) => {
      const subject = await stage.open({ poolSize: POOL_SIZE, namedLocks: { maxWaiters: 1 } })
      const other = await stage.open()
      const names = [stage.name(), stage.name(), stage.name()]
      const taken = await Promise.all(names.map((name) => other.locks.acquireNamedLock(name)))
      const waiting = names.map((name) => subject.locks.withNamedLock(name, () => {}))
      for (let count = 0; count < 20; count += 1) {
        await sleep(10)
        assert.ok((await waitingIds(stage.environment)).length <= 1)
      }
      await Promise.all(taken.map((lock) => lock.release()))
      await Promise.all(waiting)
    })
  })
}
