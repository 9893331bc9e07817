import assert from 'node:assert/strict'
import { LockEngine } from '@ormutex/core'
import { SqlBackend } from '@ormutex/core/sql'
import { FakeClock, settle } from './fake-clock.js'
import { scriptedSource } from './scripted-source.js'

/** A server that grants at once, and a pool whose connections come when a test says so. */
function slowPool(clock?: FakeClock) {
  const statements: string[] = []
  let silent: RegExp | undefined
  const opening: (() => void)[] = []
  let pinned = 0
  let severed = 0
  let grant = (): void => {}
  const source = scriptedSource({
    query: async (_, sql) => {
      statements.push(sql)
      if (silent?.test(sql) === true) await new Promise(() => {})
      if (sql.includes("GET_LOCK(_utf8mb4'slow~")) await new Promise<void>((resolve) => (grant = resolve))
      if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: '8.4.0' }]
      if (sql.includes('RELEASE_LOCK')) return [{ released_0: 1 }]
      return sql.includes(' GET_LOCK(') ? [{ granted: 1, session_id: 7, token: '1', read_only: 0 }] : []
    },
    sever: () => {
      severed += 1
    },
  })
  const slow = {
    ...source,
    pin: async () => {
      await new Promise<void>((resolve) => opening.push(resolve))
      pinned += 1
      return {}
    },
    unpin: () => {
      pinned -= 1
    },
  }
  // Longer than any pause of the machine: whoever is next is to be handed what there is.
  const engine = new LockEngine(new SqlBackend(slow, undefined), { namespace: '', handOverMs: 10_000 }, clock)
  return {
    engine,
    asked: () => statements,
    silence: (pattern: RegExp) => {
      silent = pattern
    },
    open: () => opening.shift()!(),
    waiting: () => opening.length,
    pinned: () => pinned,
    severed: () => severed,
    grant: () => grant(),
  }
}

describe('the session that locks without a transaction share', () => {
  it('is the first that is there, and what was opened besides is handed back', async () => {
    const { engine, open, waiting, pinned } = slowPool()
    const first = engine.acquire('a', undefined)
    const second = engine.acquire('b', undefined)
    await settle()
    assert.equal(waiting(), 2)
    open()
    const [a, b] = await Promise.all([first, second])
    assert.equal(pinned(), 1)
    await Promise.all([a.release(), b.release()])
    assert.equal(pinned(), 0)
    // Asked for while the other one is still on its way to nobody.
    const third = engine.acquire('c', undefined)
    await settle()
    open()
    await settle()
    assert.equal(pinned(), 0)
    open()
    await (await third).release()
    assert.equal(pinned(), 0)
    assert.equal(waiting(), 0)
  })

  it('is handed back when everybody who waited for it has given up', async () => {
    const { engine, open, pinned } = slowPool()
    const controller = new AbortController()
    const first = engine.tryAcquire('a', { signal: controller.signal })
    const second = engine.tryAcquire('b', { signal: controller.signal })
    const reason = new Error('given up')
    controller.abort(reason)
    await assert.rejects(first, reason)
    await assert.rejects(second, reason)
    open()
    await settle()
    assert.equal(pinned(), 0)
  })

  it('stays for those who still want it', async () => {
    const { engine, open, pinned } = slowPool()
    const controller = new AbortController()
    const first = engine.tryAcquire('a', { signal: controller.signal })
    const second = engine.tryAcquire('b', undefined)
    const reason = new Error('given up')
    controller.abort(reason)
    await assert.rejects(first, reason)
    open()
    const lock = await second
    assert.equal(pinned(), 1)
    await lock!.release()
    assert.equal(pinned(), 0)
  })

  it('is closed, and not handed back, when the source is shut down while a lock is on its way there', async () => {
    const { engine, open, pinned, severed, grant } = slowPool()
    const first = engine.acquire('a', undefined)
    await settle()
    open()
    const held = await first
    const second = engine.acquire('slow', undefined)
    await settle()
    const startedAt = performance.now()
    await Promise.all([engine.close(), assert.rejects(second, { code: 'LOCK_FAILED' })])
    assert.ok(performance.now() - startedAt < 1_000)
    assert.equal(held.signal.aborted, true)
    grant()
    await settle()
    assert.equal(severed(), 1)
    assert.equal(pinned(), 0)
  })

  it('is asked one question after the other, and not what was given up before its turn', async () => {
    const { engine, open, asked, grant } = slowPool()
    const first = engine.acquire('a', undefined)
    await settle()
    open()
    const held = await first
    const slow = engine.acquire('slow', undefined)
    await settle()
    const error = await engine.acquire('never', { timeoutMs: 20 }).catch((reason: unknown) => reason)
    assert.deepEqual([(error as { code: string }).code, (error as { reason: string }).reason], ['LOCK_TIMEOUT', 'pool'])
    const released = held.release()
    grant()
    await released
    await (await slow).release()
    assert.equal(asked().filter((sql) => sql.includes('never')).length, 0)
  })

  it('is given up when the server does not answer: a release resolves, and nobody waits for ever', async () => {
    const clock = new FakeClock()
    const { engine, open, silence, severed, pinned } = slowPool(clock)
    const options = { orphanTimeoutMs: 60_000 }
    const first = engine.acquire('a', options)
    await settle()
    open()
    const held = await first
    silence(/wait_timeout = @/)
    let isReleased = false
    void held.release().then(() => (isReleased = true))
    await settle()
    assert.equal(isReleased, false)
    await clock.pass(5_000)
    assert.equal(isReleased, true)
    assert.equal(severed(), 1)
    silence(/wait_timeout = 60/)
    const asking = engine.tryAcquire('b', options).catch((error: { code: string }) => error.code)
    await settle()
    open()
    await clock.pass(5_000)
    assert.equal(await asking, 'LOCK_FAILED')
    assert.equal(pinned(), 0)
  })

  it('is handed on with all names of a call, and who asks for one of them in between comes after', async () => {
    const { engine, open, asked } = slowPool()
    const first = engine.acquire(['p', 'q'], undefined)
    await settle()
    open()
    const held = await first
    const heir = engine.acquire(['p', 'q'], undefined)
    await settle()
    const before = asked().length
    void held.release()
    // Before the heir has heard of it.
    const newcomer = engine.acquire('q', undefined)
    const inherited = await heir
    assert.equal(inherited.sessionId, held.sessionId)
    // The session has that key, so it must not be asked for it.
    assert.deepEqual(asked().slice(before), [])
    await inherited.release()
    await settle()
    open()
    await (await newcomer).release()
  })
})
