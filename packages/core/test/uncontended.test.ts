import assert from 'node:assert/strict'
import { type Clock, LockEngine } from '@ormutex/core'
import { SqlBackend } from '@ormutex/core/sql'
import { FakeClock } from './fake-clock.js'
import { scriptedSource } from './scripted-source.js'

/** A server that grants everything at once, and what it costs to ask it. */
function counted() {
  const counts = { timers: 0, listening: 0, pinned: 0, statements: [] as string[] }
  // On a busy machine the time in which a lock is handed over would pass.
  const still = new FakeClock()
  const clock: Clock = {
    now: () => still.now(),
    after: (ms, callback) => {
      counts.timers += 1
      return still.after(ms, callback)
    },
  }
  const source = scriptedSource({
    query: async (_, sql) => {
      if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: '8.4.0' }]
      counts.statements.push(/RELEASE_LOCK|GET_LOCK/.exec(sql)?.[0] ?? sql)
      if (sql.includes('RELEASE_LOCK')) return [{ released_0: 1 }]
      return sql.includes(' GET_LOCK(') ? [{ granted: 1, session_id: 7, token: '1', read_only: 0 }] : []
    },
    sever: () => {},
  })
  const counting = {
    ...source,
    driver: {
      ...source.driver,
      onLost: () => {
        counts.listening += 1
        return () => {
          counts.listening -= 1
        }
      },
    },
    pin: () => {
      counts.pinned += 1
      return source.pin()
    },
    unpin: () => {
      counts.pinned -= 1
    },
  }
  return { engine: new LockEngine(new SqlBackend(counting, undefined, clock), { namespace: '' }, clock), counts }
}

const CALLS = {
  'with a transaction': (engine: LockEngine<object, object>) => engine.withLock('a', () => {}, undefined),
  'without one': async (engine: LockEngine<object, object>) => (await engine.acquire('a', undefined)).release(),
}

describe('a call that nobody stands in the way of', () => {
  for (const [what, call] of Object.entries(CALLS)) {
    it(`${what} starts no timer, asks twice, and leaves no listener and no connection`, async () => {
      const { engine, counts } = counted()
      await call(engine)
      counts.timers = 0
      counts.statements.length = 0
      for (let count = 0; count < 20; count += 1) await call(engine)
      assert.equal(counts.timers, 0)
      assert.equal(counts.listening, 0)
      assert.equal(counts.pinned, 0)
      assert.deepEqual(counts.statements.slice(0, 4), ['GET_LOCK', 'RELEASE_LOCK', 'GET_LOCK', 'RELEASE_LOCK'])
      assert.equal(counts.statements.length, 40)
    })
  }

  it('is one of many for whose waits and holds there is one timer each at most', async () => {
    const { engine, counts } = counted()
    await CALLS['without one'](engine)
    counts.statements.length = 0
    const held = await engine.acquire('a', undefined)
    counts.timers = 0
    const waiting = Array.from({ length: 50 }, () => engine.acquire('a', undefined))
    assert.equal(counts.timers, 50)
    await held.release()
    for (const lock of waiting) await (await lock).release()
    assert.equal(counts.timers, 50)
    assert.deepEqual(counts.statements, ['GET_LOCK', 'RELEASE_LOCK'])
  })
})
