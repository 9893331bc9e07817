import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilOneWaits } from '../server-view.js'
import type { Suite } from '../suite.js'
import { IN_LINE_MS, LONG } from '../support/hand-over.js'
import { hold } from '../support/holding.js'
import { PATIENT } from '../support/patient.js'
import { rejection, rejectionWith } from '../support/rejection.js'
import { assertTakesAtMost, timed } from '../support/timing.js'

/** A holder hands its lock to the next one of its process, without the server's doing and without a trace of its own. */
export function handOverCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('hand-over within a process', () => {
    suite.it('of locks without a transaction keeps the session, and tokens grow', async (stage) => {
      const subject = await stage.open({ namedLocks: LONG })
      const name = stage.name()
      const first = await subject.locks.acquireNamedLock(name)
      const seen = [first]
      const calls = Array.from({ length: 20 }, async () => {
        const lock = await subject.locks.acquireNamedLock(name)
        seen.push(lock)
        await lock.release()
      })
      await sleep(IN_LINE_MS)
      await first.release()
      await Promise.all(calls)
      assert.deepEqual(new Set(seen.map(({ sessionId }) => sessionId)), new Set([first.sessionId]))
      const tokens = seen.map(({ token }) => token)
      assert.ok(
        tokens.every((token, index) => index === 0 || token > tokens[index - 1]!),
        tokens.join(' '),
      )
      // What the server grants next is still larger.
      const other = await (await stage.open()).locks.acquireNamedLock(name)
      assert.ok(other.token > tokens.at(-1)!)
      await other.release()
    })

    suite.it('is not done with handOverMs 0, nor when the lock was held for longer than that', async (stage) => {
      for (const [handOverMs, heldMs] of [
        [0, 0],
        [50, 80],
      ] as const) {
        const [subject, other] = [await stage.open({ namedLocks: { handOverMs } }), await stage.open()]
        const name = stage.name()
        const order: string[] = []
        const held = await subject.locks.acquireNamedLock(name)
        const theirs = other.locks.acquireNamedLock(name).then((lock) => {
          order.push('theirs')
          return lock.release()
        })
        await (suite.capabilities.server ? untilOneWaits(stage.environment) : sleep(IN_LINE_MS))
        const ours = subject.locks.acquireNamedLock(name).then((lock) => {
          order.push('ours')
          return lock.release()
        })
        await sleep(heldMs)
        await held.release()
        await Promise.all([ours, theirs])
        assert.deepEqual(order, ['theirs', 'ours'])
      }
    })

    suite.it('goes on for no longer than handOverMs while another process waits', async (stage) => {
      const [subject, other] = [await stage.open({ namedLocks: { handOverMs: 50 } }), await stage.open()]
      const name = stage.name()
      const end = new AbortController()
      const contenders = Array.from({ length: 8 }, async () => {
        while (!end.signal.aborted) await subject.locks.withNamedLock(name, () => sleep(1))
      })
      await sleep(100)
      await assertTakesAtMost(150, () =>
        timed(async () => (await other.locks.acquireNamedLock(name)).release()),
      ).finally(() => end.abort())
      await Promise.all(contenders)
    })

    suite.it('skips whoever gave up, and is a release when nobody is left', async (stage) => {
      const [subject, other] = [await stage.open({ namedLocks: LONG }), await stage.open()]
      const name = stage.name()
      for (const kind of ['acquireNamedLock', 'withNamedLock'] as const) {
        const call = (signal?: AbortSignal): Promise<unknown> =>
          kind === 'withNamedLock'
            ? subject.locks.withNamedLock(name, () => 'ran', { signal })
            : subject.locks.acquireNamedLock(name, { signal }).then((lock) => lock.release())
        const holding = await hold(subject, name)
        const controller = new AbortController()
        const givenUp = [call(controller.signal), call(controller.signal)].map((each) => rejection(each))
        const last = call()
        // The holder ends and they give up in the same moment.
        holding.letGo()
        const reason = new Error('given up')
        controller.abort(reason)
        assert.deepEqual(await Promise.all(givenUp), [reason, reason])
        await last
        await holding.done
        const again = new AbortController()
        const next = await hold(subject, name)
        const only = rejection(call(again.signal))
        next.letGo()
        again.abort(reason)
        assert.equal(await only, reason)
        await next.done
        await (await other.locks.acquireNamedLock(name, { timeoutMs: 2_000 })).release()
      }
    })

    suite.it('is not done between callers that bound the session in different ways', async (stage) => {
      const subject = await stage.open({ namedLocks: LONG })
      const name = stage.name()
      const bounds = [undefined, { orphanTimeoutMs: 60_000 }, { orphanTimeoutMs: 90_000 }]
      for (const kind of ['acquireNamedLock', 'withNamedLock'] as const) {
        const first = await subject.locks.acquireNamedLock(name)
        const calls = bounds.map((options) =>
          kind === 'withNamedLock'
            ? subject.locks.withNamedLock(name, (_, lock) => lock.token, options)
            : subject.locks.acquireNamedLock(name, options).then(async (lock) => {
                await lock.release()
                return lock.token
              }),
        )
        await sleep(IN_LINE_MS)
        await first.release()
        // What is handed on counts in the last 7 bits.
        const passes = (await Promise.all(calls)).map((token) => token % 128n)
        assert.deepEqual(passes, kind === 'withNamedLock' ? [0n, 0n, 0n] : [1n, 0n, 0n])
      }
    })

    suite.it('of several names, to whoever wants the same; others are waited for as ever', async (stage) => {
      const [subject, other] = [await stage.open({ namedLocks: LONG }), await stage.open()]
      const [a, b] = [stage.name('a'), stage.name('b')]
      const inside = new Map<string, number>()
      let ran = 0
      const section = async (names: readonly string[]): Promise<void> => {
        for (const name of names) {
          assert.equal(inside.get(name) ?? 0, 0, `two have ${name}`)
          inside.set(name, 1)
        }
        await sleep(1)
        for (const name of names) inside.set(name, 0)
        ran += 1
      }
      const wanted = [[a, b], [b, a], [a], [b], [a, b], [b], [a], [b, a], [b, a]]
      const calls = Array.from({ length: 45 }, (_, index) => {
        const names = wanted[index % wanted.length]!
        const source = index % 4 === 3 ? other : subject
        return source.locks.withNamedLock(names, () => section(names), PATIENT)
      })
      await Promise.all(calls)
      assert.equal(ran, 45)
    })

    suite.it('serves calls with and without a transaction in their order', async (stage) => {
      const subject = await stage.open({ namedLocks: LONG })
      const name = stage.name()
      const order: number[] = []
      const holding = await hold(subject, name)
      const calls = Array.from({ length: 12 }, async (_, index) => {
        if (index % 3 === 0) return subject.locks.withNamedLock(name, () => void order.push(index))
        const lock = await subject.locks.acquireNamedLock(name)
        order.push(index)
        return lock.release()
      })
      await holding.finish()
      await Promise.all(calls)
      assert.deepEqual(
        order,
        Array.from({ length: 12 }, (_, index) => index),
      )
    })

    suite.it('leaves nothing of a callback that threw, nor of one that still runs', async (stage) => {
      const subject = await stage.open({ namedLocks: LONG })
      const [name, counter] = [stage.name(), stage.name('counter')]
      await subject.write(null, counter, 1)
      const thrown = new Error('thrown')
      let late: Tx | undefined
      const first = rejection(
        subject.locks.withNamedLock(name, async (transaction) => {
          await subject.write(transaction, counter, 2)
          late = transaction
          throw thrown
        }),
      )
      const second = subject.locks.withNamedLock(name, async (transaction) => {
        if (suite.capabilities.server) await rejection(subject.write(late!, counter, 3))
        return subject.read(transaction, counter)
      })
      assert.equal(await first, thrown)
      assert.equal(await second, 1)
    })

    suite.it('holdTimeoutMs counts for each holder by itself, and who is late hands nothing on', async (stage) => {
      const subject = await stage.open({ namedLocks: LONG })
      const name = stage.name()
      const options = { holdTimeoutMs: 400 }
      const sessions: string[] = []
      const calls = [150, 150, 150, 900, 0].map((ms) =>
        subject.locks.withNamedLock(
          name,
          async (_, lock) => {
            sessions.push(lock.sessionId)
            await sleep(ms)
          },
          options,
        ),
      )
      await Promise.all(calls.slice(0, 3))
      await rejectionWith('HOLD_TIMEOUT', calls[3]!)
      await calls[4]
      assert.notEqual(sessions[4], sessions[3])
    })

    suite.itOnServer('keeps to the isolation level of each callback', async (stage) => {
      const [subject, other] = [await stage.open({ namedLocks: LONG }), await stage.open()]
      const [name, counter] = [stage.name(), stage.name('counter')]
      await other.write(null, counter, 0)
      const levels = [
        'READ COMMITTED',
        'REPEATABLE READ',
        'REPEATABLE READ',
        'READ COMMITTED',
        'READ COMMITTED',
      ] as const
      const seesChange = levels.map((level) =>
        subject.locks.withNamedLock(
          name,
          async (transaction) => {
            const before = await subject.read(transaction, counter)
            await other.write(null, counter, before + 1)
            return (await subject.read(transaction, counter)) > before
          },
          subject.isolation(level),
        ),
      )
      assert.deepEqual(await Promise.all(seesChange), [true, false, false, true, true])
    })

    suite.itOnServer(
      'keeps to it also when the callback before has ended its transaction without a word',
      async (stage) => {
        const [subject, other] = [await stage.open({ namedLocks: LONG }), await stage.open()]
        const [name, counter] = [stage.name(), stage.name('counter')]
        await other.write(null, counter, 0)
        // Commits by itself.
        const first = subject.locks.withNamedLock(
          name,
          (transaction) => subject.query(transaction, "ALTER TABLE counters COMMENT 'counts'"),
          subject.isolation('READ COMMITTED'),
        )
        const second = subject.locks.withNamedLock(
          name,
          async (transaction) => {
            await subject.read(transaction, counter)
            await other.write(null, counter, 1)
            return subject.read(transaction, counter)
          },
          subject.isolation('READ COMMITTED'),
        )
        await first
        assert.equal(await second, 1)
      },
    )

    if (suite.capabilities.joins !== 'none') {
      suite.itOnServer('leaves nothing of what was taken inside the callback', async (stage) => {
        const [subject, other] = [await stage.open({ namedLocks: LONG }), await stage.open()]
        const [name, inner] = [stage.name(), stage.name('inner')]
        const bounded = subject.locks.withNamedLock(name, (transaction) =>
          subject.joined(transaction).withNamedLock(inner, () => {}, { orphanTimeoutMs: 1_000 }),
        )
        const unbounded = subject.locks.withNamedLock(name, async (transaction) => {
          const rows = await subject.query(transaction, 'SELECT @@SESSION.wait_timeout AS seconds')
          await subject.joined(transaction).withNamedLock(inner, () => {})
          return Number(rows[0]?.['seconds'])
        })
        const late = subject.locks.withNamedLock(
          name,
          (transaction) => subject.query(transaction, 'SELECT SLEEP(20)'),
          { holdTimeoutMs: 300 },
        )
        await bounded
        assert.ok((await unbounded) > 1)
        await rejectionWith('HOLD_TIMEOUT', late)
        if (suite.capabilities.direct) {
          await (await other.locks.acquireNamedLock(name, { timeoutMs: 1_000 })).release()
        }
      })

      suite.it('releases first what was taken inside the callback', async (stage) => {
        const [subject, other] = [await stage.open({ namedLocks: LONG }), await stage.open()]
        const [name, inner] = [stage.name(), stage.name('inner')]
        const first = subject.locks.withNamedLock(name, (transaction) =>
          subject.joined(transaction).withNamedLock(inner, () => {}),
        )
        const second = subject.locks.withNamedLock(name, async () =>
          (await other.locks.acquireNamedLock(inner, { timeoutMs: 0 })).release(),
        )
        await Promise.all([first, second])
      })
    }

    suite.itOnServer('loses nothing when several processes count, handing on within each', async (stage) => {
      const sources = [await stage.open(), await stage.open(), await stage.open({ namedLocks: { handOverMs: 3 } })]
      const [name, counter] = [stage.name(), stage.name('counter')]
      await sources[0]!.write(null, counter, 0)
      const calls = Array.from({ length: 150 }, (_, index) => {
        const subject = sources[index % 3]!
        const increment = async (transaction: Tx): Promise<void> => {
          const value = await subject.read(transaction, counter)
          await subject.write(transaction, counter, value + 1)
        }
        return subject.locks.withNamedLock(name, increment, PATIENT)
      })
      await Promise.all(calls)
      assert.equal(await sources[0]!.read(null, counter), 150)
    })
  })
}
