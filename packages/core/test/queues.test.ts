import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { MemoryServer, memoryLocks } from '@ormutex/core/memory'
import { FakeClock, settle } from './fake-clock.js'

/** Two sources on one server are to each other what two processes are. */
function twoSources(clock: FakeClock) {
  const server = new MemoryServer(clock)
  return [memoryLocks({ server, clock }), memoryLocks({ server, clock })] as const
}

/** What pings and limits share one timer, which may still fire once, for nothing. */
async function expectNoTimers(clock: FakeClock): Promise<void> {
  await clock.pass(60_000)
  assert.equal(clock.armed, 0)
}

describe('waiting, with the clock held still', () => {
  it('ends to the millisecond, and leaves no timer', async () => {
    const clock = new FakeClock()
    const [ours, theirs] = twoSources(clock)
    const held = await theirs.acquireNamedLock('a', { keepAliveMs: 0 })
    let settledAt: number | undefined
    const waiting = ours.acquireNamedLock('a', { timeoutMs: 300 }).catch((error: Error & { code?: string }) => {
      settledAt = clock.now()
      return error.code
    })
    await clock.pass(299)
    assert.equal(settledAt, undefined)
    await clock.pass(60)
    assert.equal(await waiting, 'LOCK_TIMEOUT')
    assert.equal(settledAt, 300)
    await held.release()
    await expectNoTimers(clock)
  })

  it('waits for ever with Infinity', async () => {
    const clock = new FakeClock()
    const [ours, theirs] = twoSources(clock)
    const held = await theirs.acquireNamedLock('a', { keepAliveMs: 0 })
    const waiting = ours.acquireNamedLock('a', { timeoutMs: Infinity })
    await clock.pass(10 * 24 * 3_600_000)
    await held.release()
    await (await waiting).release()
    await expectNoTimers(clock)
  })

  it('serves those of one source first come first served, whoever gives up in between', async () => {
    const clock = new FakeClock()
    const [ours] = twoSources(clock)
    const order: number[] = []
    const first = await ours.acquireNamedLock('a')
    const controller = new AbortController()
    const waiting = [1, 2, 3, 4, 5].map(async (number) => {
      const signal = number === 3 ? { signal: controller.signal } : {}
      const lock = await ours.acquireNamedLock('a', { timeoutMs: number === 2 ? 100 : 10_000, ...signal })
      order.push(number)
      await lock.release()
    })
    const results = Promise.allSettled(waiting)
    await clock.pass(150)
    controller.abort(new Error('not needed any more'))
    await settle()
    await first.release()
    const [one, two, three] = await results
    assert.deepEqual(order, [1, 4, 5])
    assert.equal(one?.status, 'fulfilled')
    assert.equal(two?.status === 'rejected' && (two.reason as { code: string }).code, 'LOCK_TIMEOUT')
    assert.equal(three?.status === 'rejected' && (three.reason as Error).message, 'not needed any more')
  })

  it('keeps no more sessions waiting than maxWaiters, and still takes a lock that is free', async () => {
    const clock = new FakeClock()
    const server = new MemoryServer(clock)
    const theirs = memoryLocks({ server, clock })
    const ours = memoryLocks({ server, clock, maxWaiters: 2 })
    const names = ['a', 'b', 'c', 'd']
    const held = await Promise.all(names.map((name) => theirs.acquireNamedLock(name)))
    const waiting = names.map((name) => ours.acquireNamedLock(name, { timeoutMs: Infinity }))
    await clock.pass(5_000)
    const waiters = server.list().reduce((sum, entry) => sum + entry.waiters.length, 0)
    assert.equal(waiters, 2)
    const free = ours.acquireNamedLock('free', { timeoutMs: 1_000 })
    await clock.pass(1)
    await (await free).release()
    for (const lock of held) await lock.release()
    await clock.pass(2_000)
    for (const lock of await Promise.all(waiting)) await lock.release()
    assert.deepEqual(server.list(), [])
  })

  it('expires a lease that is not renewed, and not one that is', async () => {
    const clock = new FakeClock()
    const [ours, theirs] = twoSources(clock)
    const lock = await ours.acquireNamedLock('a', { orphanTimeoutMs: 3_000, keepAliveMs: 0 })
    await clock.pass(60_000)
    assert.equal(lock.signal.aborted, false)
    assert.equal(await theirs.tryAcquireNamedLock('a'), null)
    ours.server.endSession(lock.sessionId)
    assert.equal((lock.signal.reason as { code: string }).code, 'LOCK_LOST')
    assert.notEqual(await theirs.tryAcquireNamedLock('a'), null)
  })

  it('ends a hold to the millisecond', async () => {
    const clock = new FakeClock()
    const [ours, theirs] = twoSources(clock)
    const running = ours.withNamedLock('a', () => new Promise(() => {}), { holdTimeoutMs: 500 })
    let code: string | undefined
    running.catch((error: { code: string }) => {
      code = error.code
    })
    await clock.pass(499)
    assert.equal(code, undefined)
    await clock.pass(1)
    assert.equal(code, 'HOLD_TIMEOUT')
    assert.notEqual(await theirs.tryAcquireNamedLock('a'), null)
  })

  it('puts one listener on a signal, however many wait for it, and none when they have ended', async () => {
    const clock = new FakeClock()
    const [ours, theirs] = twoSources(clock)
    const held = await theirs.acquireNamedLock('a', { keepAliveMs: 0 })
    const controller = new AbortController()
    const { signal } = controller
    const waiting = Array.from({ length: 30 }, () => ours.acquireNamedLock('a', { signal, timeoutMs: 1_000 }))
    const outcomes = Promise.allSettled(waiting)
    await settle()
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    await clock.pass(1_100)
    await outcomes
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    const again = ours.acquireNamedLock('a', { signal })
    controller.abort(new Error('enough'))
    await assert.rejects(again, /enough/)
    await held.release()
  })

  it('never waits in a try, whatever the default of the source is', async () => {
    const clock = new FakeClock()
    const server = new MemoryServer(clock)
    const [theirs, ours] = [
      memoryLocks({ server, clock }),
      memoryLocks({ server, clock, defaults: { timeoutMs: 5_000 } }),
    ]
    const held = await theirs.acquireNamedLock('a')
    assert.equal(await ours.tryAcquireNamedLock('a'), null)
    assert.equal((await ours.tryWithNamedLock('a', () => 1)).acquired, false)
    await held.release()
  })

  it('keeps its lease while it waits', async () => {
    const clock = new FakeClock()
    const [ours, theirs] = twoSources(clock)
    const held = await theirs.acquireNamedLock('a')
    const waiting = ours.acquireNamedLock('a', { orphanTimeoutMs: 1_000, timeoutMs: Infinity })
    await clock.pass(20_000)
    assert.equal(ours.server.list()[0]?.waiters.length, 1)
    await held.release()
    await clock.pass(1)
    await (await waiting).release()
  })
})
