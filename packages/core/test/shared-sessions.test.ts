import assert from 'node:assert/strict'
import { LockEngine } from '@ormutex/core'
import { SqlBackend } from '@ormutex/core/sql'
import { settle } from './fake-clock.js'
import { scriptedSource } from './scripted-source.js'

/** A server that grants at once, and a pool whose connections come when a test says so. */
function slowPool() {
  const opening: (() => void)[] = []
  let pinned = 0
  let severed = 0
  let grant = (): void => {}
  const source = scriptedSource({
    query: async (_, sql) => {
      if (sql.includes("GET_LOCK(_utf8mb4'slow~")) await new Promise<void>((resolve) => (grant = resolve))
      if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: '8.4.0' }]
      if (sql.includes('RELEASE_LOCK')) return [{ released_0: 1 }]
      return sql.includes(' GET_LOCK(') ? [{ granted: 1, session_id: 7, token: '1' }] : []
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
  const engine = new LockEngine(new SqlBackend(slow), { namespace: '' })
  return {
    engine,
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
    await engine.close()
    await assert.rejects(second, { code: 'LOCK_FAILED' })
    assert.equal(held.signal.aborted, true)
    grant()
    await settle()
    assert.equal(severed(), 1)
    assert.equal(pinned(), 0)
  })
})
