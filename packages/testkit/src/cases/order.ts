import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { delay } from '../fault-proxy/index.js'
import type { Subject } from '../harness.js'
import type { Stage } from '../stage.js'
import type { Suite } from '../suite.js'
import { hold } from '../support/holding.js'
import { PATIENT } from '../support/patient.js'

const LEVELS = ['READ COMMITTED', 'REPEATABLE READ'] as const

/** How long each COMMIT is held up where it is: long enough for the next holder to have read, were it let in too early. */
const SLOW_COMMIT_MS = 40

/** A critical section of a subject: runs `work` in a transaction that is meant to exclude all others. */
type Section<Tx> = (subject: Subject<Tx>, work: (transaction: Tx) => Promise<void>) => Promise<void>

/** Counts to ten from two sources in turns with every COMMIT slowed down; answers how far it got. */
async function countUnderSlowCommits<Tx>(stage: Stage<Tx>, section: Section<Tx>): Promise<number> {
  const sources = [await stage.open({ through: 'faults' }), await stage.open({ through: 'faults' })]
  const counter = stage.name('counter')
  await sources[0]!.write(null, counter, 0)
  const rule = stage.on(/^\s*COMMIT/i, delay(SLOW_COMMIT_MS), { times: Infinity })
  const countToFive = async (subject: Subject<Tx>): Promise<void> => {
    for (let count = 0; count < 5; count += 1) {
      await section(subject, async (transaction) => {
        const value = await subject.read(transaction, counter)
        await subject.write(transaction, counter, value + 1)
      })
    }
  }
  await Promise.all(sources.map(countToFive))
  assert.equal(rule.hits, 10, 'every COMMIT has to come by to be slowed down')
  return sources[0]!.read(null, counter)
}

/** 1. Pin a connection, take the lock, BEGIN, run the callback, COMMIT, release the lock, give the connection back. */
export function orderCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('order', () => {
    suite.it('loses no increment between two sources', async (stage) => {
      const sources = [await stage.open(), await stage.open()]
      const [name, counter] = [stage.name(), stage.name('counter')]
      await sources[0]!.write(null, counter, 0)
      let inside = 0
      const increment = (subject: Subject<Tx>): Promise<void> =>
        subject.locks.withNamedLock(
          name,
          async (transaction) => {
            assert.equal((inside += 1), 1, 'somebody else is inside')
            const value = await subject.read(transaction, counter)
            await sleep(1)
            await subject.write(transaction, counter, value + 1)
            inside -= 1
          },
          PATIENT,
        )
      await Promise.all(Array.from({ length: 40 }, (_, index) => increment(sources[index % 2]!)))
      assert.equal(await sources[0]!.read(null, counter), 40)
    })

    suite.it('returns what the callback returned', async (stage) => {
      const { locks } = await stage.open()
      const value = { of: 'any kind' }
      assert.equal(await locks.withNamedLock(stage.name(), async () => value), value)
      assert.equal(await locks.withNamedLock(stage.name(), () => value), value)
      assert.equal(await locks.withNamedLock(stage.name(), () => {}), undefined)
    })

    suite.it('commits before it resolves, and has released by then', async (stage) => {
      const [subject, other] = [await stage.open(), await stage.open()]
      const [name, counter] = [stage.name(), stage.name('counter')]
      for (let value = 1; value <= 10; value += 1) {
        await subject.locks.withNamedLock(name, (transaction) => subject.write(transaction, counter, value))
        assert.equal(await other.read(null, counter), value)
        const next = await other.locks.tryAcquireNamedLock(name)
        assert.ok(next !== null, 'still locked')
        await next.release()
      }
    })

    suite.itOnServer('runs the transaction on the connection that holds the lock', async (stage) => {
      const subject = await stage.open()
      await subject.locks.withNamedLock(stage.name(), async (transaction, lock) => {
        const rows = await subject.query(
          transaction,
          `SELECT CONNECTION_ID() AS own, IS_USED_LOCK('${lock.key}') AS holder`,
        )
        assert.equal(String(rows[0]!['own']), lock.sessionId)
        assert.equal(String(rows[0]!['holder']), lock.sessionId)
      })
    })

    for (const level of suite.capabilities.server ? LEVELS : []) {
      suite.it(`shows the next holder what a slow COMMIT committed, at ${level}`, async (stage) => {
        const name = stage.name()
        const count = await countUnderSlowCommits(stage, (subject, work) =>
          subject.locks.withNamedLock(name, work, subject.isolation(level)),
        )
        assert.equal(count, 10)
      })

      suite.it(`begins its transaction at ${level} when told so, with no older view of the rows`, async (stage) => {
        const [subject, other] = [await stage.open(), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        await subject.write(null, counter, 1)
        const holding = await hold(other, name, {}, (transaction) => other.write(transaction, counter, 2))
        const reading = subject.locks.withNamedLock(
          name,
          async (transaction) => {
            const first = await subject.read(transaction, counter)
            await other.write(null, counter, 3)
            return [first, await subject.read(transaction, counter)]
          },
          subject.isolation(level),
        )
        await sleep(50)
        await holding.finish()
        assert.deepEqual(await reading, level === 'READ COMMITTED' ? [2, 3] : [2, 2])
      })
    }

    suite.itOnServer(
      'would be caught releasing before COMMIT: the same count in that order loses increments',
      async (stage) => {
        const key = stage.keyOf(stage.name())
        const count = await countUnderSlowCommits(stage, (subject, work) =>
          subject.transaction(async (transaction) => {
            await subject.query(transaction, `SELECT GET_LOCK('${key}', 10)`)
            await work(transaction)
            await subject.query(transaction, `SELECT RELEASE_LOCK('${key}')`)
          }),
        )
        assert.ok(count < 10, `counted to ${count}`)
      },
    )
  })
}
