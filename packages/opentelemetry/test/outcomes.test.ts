import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { SpanStatusCode } from '@opentelemetry/api'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { hashOfKey } from '@ormutex/opentelemetry'
import { FLAVOURS, sharedServer } from '@ormutex-test/servers'
import { POOL_SIZE, withLocks } from './opened.js'
import { idOf, parentOf, recording } from './recorder.js'

/** How long a wait lasts at least; Node's timers may be a millisecond early. */
const WAIT_MS = 50

const valuesOf = (spans: readonly ReadableSpan[], attribute: string) => spans.map((span) => span.attributes[attribute])

for (const flavour of FLAVOURS) {
  describe(`what spans and metrics tell, on ${flavour}`, () => {
    it('of a lock: its session, its token, a hash of each key, and no name', async () => {
      await withLocks(flavour, (locks) =>
        recording(async (recorder) => {
          const told = await locks.withNamedLock(['b', 'a'], async (_, lock) => ({ ...lock }), { timeoutMs: 2_500 })
          for (const name of ['ormutex.acquire', 'ormutex.hold']) {
            const { attributes } = recorder.spanOf(name)
            assert.equal(attributes['ormutex.session.id'], told.sessionId)
            assert.equal(attributes['ormutex.lock.token'], String(told.token))
            assert.deepEqual(
              (attributes['ormutex.lock.key_hashes'] as string[]).toSorted(),
              told.key.map(hashOfKey).toSorted(),
            )
            assert.equal(attributes['ormutex.lock.names'], undefined)
          }
          assert.equal(recorder.spanOf('ormutex.acquire').attributes['ormutex.acquire.timeout'], 2.5)
        }),
      )
    })

    it('of waits: how long, and how many wait', async () => {
      await withLocks(flavour, (locks) =>
        recording(async (recorder) => {
          const begunMs = performance.now()
          const held = await locks.acquireNamedLock('a')
          const waiting = locks.withNamedLock('a', () => {}, { timeoutMs: Infinity })
          assert.equal(await recorder.sumOf('ormutex.waiter.count', ['ormutex.lock.use', 'transaction']), 1)
          await sleep(WAIT_MS)
          await held.release()
          await waiting
          const longest = (performance.now() - begunMs) / 1_000
          assert.equal(await recorder.sumOf('ormutex.waiter.count'), 0)
          const { database, host, port } = await sharedServer(flavour)
          const points = await recorder.pointsOf('ormutex.acquire.duration')
          const histograms = points.map(({ value }) => value as Histogram)
          assert.equal(
            histograms.reduce((sum, { count }) => sum + count, 0),
            2,
          )
          assert.equal(histograms[0]!.buckets.boundaries[0], 0.0005)
          assert.equal(histograms[0]!.buckets.boundaries.at(-1), 300)
          const spanned = recorder
            .spansOf('ormutex.acquire')
            .reduce((sum, { duration }) => sum + duration[0] + duration[1] / 1e9, 0)
          const measured = histograms.reduce((sum, each) => sum + each.sum!, 0)
          // However long the machine takes between one and the other.
          const shortest = (WAIT_MS - 1) / 1_000
          for (const seconds of [spanned, measured]) {
            assert.ok(seconds >= shortest && seconds <= longest, `${seconds} s: not ${shortest} to ${longest} s`)
          }
          assert.deepEqual(points[0]!.attributes, {
            'db.system.name': flavour,
            'db.namespace': database,
            'server.address': host,
            'server.port': port,
            'ormutex.lock.namespace': 'shop',
            'ormutex.lock.use': 'session',
            'ormutex.handed_over': false,
            'ormutex.acquire.outcome': 'granted',
          })
        }),
      )
    })

    it('of a lock that is taken, a timeout and an abort', async () => {
      await withLocks(flavour, (ours) =>
        withLocks(flavour, (theirs) =>
          recording(async (recorder) => {
            const held = await theirs.acquireNamedLock('a')
            assert.equal(await ours.tryAcquireNamedLock('a'), null)
            // Long enough for a connection to be there in any case: without one, the reason would be the pool.
            await assert.rejects(ours.acquireNamedLock('a', { timeoutMs: 400 }), { code: 'LOCK_TIMEOUT' })
            const signal = AbortSignal.timeout(30)
            await assert.rejects(ours.acquireNamedLock('a', { signal }), { name: 'TimeoutError' })
            await held.release()
            const [, taken, timeout, aborted] = recorder.spansOf('ormutex.acquire')
            assert.deepEqual(valuesOf([taken!, timeout!, aborted!], 'ormutex.acquire.outcome'), [
              'taken',
              'timeout',
              'aborted',
            ])
            assert.deepEqual(valuesOf([taken!, timeout!, aborted!], 'error.type'), [
              undefined,
              'LOCK_TIMEOUT',
              'TimeoutError',
            ])
            assert.equal(taken!.status.code, SpanStatusCode.UNSET)
            assert.deepEqual(timeout!.status, { code: SpanStatusCode.ERROR, message: 'LOCK_TIMEOUT' })
            assert.deepEqual(
              timeout!.events.map(({ attributes }) => attributes),
              [{ 'exception.type': 'LOCK_TIMEOUT' }],
            )
            assert.equal(
              await recorder.sumOf('ormutex.acquire.timeouts', ['ormutex.acquire.timeout_reason', 'taken']),
              1,
            )
            assert.equal(await recorder.sumOf('ormutex.waiter.count'), 0)
          }),
        ),
      )
    })

    it('of a pool that had no connection to ask on', async () => {
      await withLocks(flavour, (locks, pool) =>
        recording(async (recorder) => {
          const taken = await Promise.all(Array.from({ length: POOL_SIZE }, () => pool.getConnection()))
          await assert.rejects(locks.acquireNamedLock('a', { timeoutMs: 30 }), { code: 'LOCK_TIMEOUT' })
          for (const connection of taken) connection.release()
          assert.equal(await recorder.sumOf('ormutex.acquire.timeouts', ['ormutex.acquire.timeout_reason', 'pool']), 1)
        }),
      )
    })

    it('of locks that are lost, and holds that are too long', async () => {
      await withLocks(flavour, (locks, pool) =>
        recording(async (recorder) => {
          const lost = locks.withNamedLock('a', async (_, lock) => {
            await pool.query(`KILL ${lock.sessionId}`)
            await new Promise(() => {})
          })
          await assert.rejects(lost, { code: 'LOCK_LOST' })
          const long = locks.withNamedLock('b', () => new Promise(() => {}), { holdTimeoutMs: 40 })
          await assert.rejects(long, { code: 'HOLD_TIMEOUT' })
          const holds = recorder.spansOf('ormutex.hold')
          assert.deepEqual(valuesOf(holds, 'ormutex.hold.outcome'), ['lost', 'hold-timeout'])
          assert.deepEqual(
            holds.map(({ status }) => status.code),
            [SpanStatusCode.ERROR, SpanStatusCode.ERROR],
          )
          assert.equal(await recorder.sumOf('ormutex.hold.losses', ['error.type', 'LOCK_LOST']), 1)
          assert.equal(await recorder.sumOf('ormutex.hold.losses', ['error.type', 'HOLD_TIMEOUT']), 1)
        }),
      )
    })

    it('of deadlocks', async () => {
      await withLocks(flavour, (locks) =>
        recording(async (recorder) => {
          let entered = 0
          let bothIn: () => void
          const both = new Promise<void>((resolve) => (bothIn = resolve))
          const cross = (first: string, second: string) =>
            locks.withNamedLock(first, async (connection) => {
              if ((entered += 1) === 2) bothIn()
              await both
              await connection.withNamedLock(second, () => {})
            })
          const results = await Promise.allSettled([cross('a', 'b'), cross('b', 'a')])
          const deadlocks = results.filter(({ status }) => status === 'rejected').length
          assert.ok(deadlocks > 0)
          assert.equal(await recorder.sumOf('ormutex.acquire.deadlocks', ['error.type', 'LOCK_DEADLOCK']), deadlocks)
          const rolledBack = recorder
            .spansOf('ormutex.hold')
            .filter(({ attributes }) => attributes['ormutex.hold.outcome'] === 'rolled-back')
          assert.equal(rolledBack.length, deadlocks)
        }),
      )
    })

    it('of locks that are handed over, each in its own caller', async () => {
      await withLocks(
        flavour,
        (locks) =>
          recording(async (recorder) => {
            const callers = ['first', 'second', 'third']
            const call = (name: string) =>
              recorder.within(name, () => locks.withNamedLock('a', async () => recorder.mark(`in ${name}`)))
            await Promise.all(callers.map(call))
            const holds = recorder.spansOf('ormutex.hold')
            assert.deepEqual(valuesOf(holds, 'ormutex.handed_over'), [false, true, true])
            for (const [index, name] of callers.entries()) {
              const caller = idOf(recorder.spanOf(name))
              assert.equal(parentOf(recorder.spansOf('ormutex.acquire')[index]!), caller)
              assert.equal(parentOf(holds[index]!), caller)
              assert.equal(parentOf(recorder.spanOf(`in ${name}`)), idOf(holds[index]!))
            }
          }),
        { namespace: 'shop', handOverMs: 60_000 },
      )
    })

    it('of names, only when they may, and of what a caller threw never more than its kind', async () => {
      const secret = 'a-secret-of-ours'
      const tellAll = (recordNames: boolean) =>
        new Promise<string>((resolve, reject) => {
          const run = withLocks(
            flavour,
            (locks, pool) =>
              recording(
                async (recorder) => {
                  const held = await locks.acquireNamedLock('very:private')
                  assert.equal(await locks.tryAcquireNamedLock('very:private'), null)
                  const late = locks.acquireNamedLock(['very:private', 'private:too'], { timeoutMs: 30 })
                  await assert.rejects(late, { code: 'LOCK_TIMEOUT' })
                  await held.release()
                  await locks.withNamedLock('very:private', (connection) =>
                    connection.withNamedLock('private:too', async () => {
                      await assert.rejects(locks.acquireNamedLock('very:private'), { code: 'LOCK_REENTRY' })
                    }),
                  )
                  const thrown = Object.assign(new Error('wrong password: very:private'), { name: 'AccountError' })
                  const failing = locks.withNamedLock('very:private', () => Promise.reject(thrown))
                  await assert.rejects(failing, thrown)
                  const lost = locks.withNamedLock('very:private', async (_, lock) => {
                    await pool.query(`KILL ${lock.sessionId}`)
                    await new Promise(() => {})
                  })
                  await assert.rejects(lost, { code: 'LOCK_LOST' })
                  resolve(await recorder.exported())
                },
                { recordNames },
              ),
            { namespace: 'shop', secret },
          )
          run.catch(reject)
        })
      const guarded = await tellAll(false)
      assert.doesNotMatch(guarded, /private/)
      assert.match(guarded, /"AccountError"/)
      const open = await tellAll(true)
      assert.match(open, /"ormutex.lock.names":\["very:private","private:too"\]/)
      assert.match(open, /The lock \\"very:private\\" is lost/)
      for (const exported of [guarded, open]) {
        assert.doesNotMatch(exported, new RegExp(`wrong password|${secret}`))
        // A metric's series would be as many as the names.
        assert.doesNotMatch(exported.slice(exported.indexOf('"scopeMetrics"')), /private|key_hash/)
      }
    })
  })
}
