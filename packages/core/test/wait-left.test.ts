import assert from 'node:assert/strict'
import { LockEngine, systemClock } from '@ormutex/core'
import { SqlBackend } from '@ormutex/core/sql'
import { FakeClock } from './fake-clock.js'
import { scriptedSource } from './scripted-source.js'

describe('a wait for a lock', () => {
  for (const [what, spentMs, waits] of [
    ['is as much shorter as the questions before it took', 100, ['0.3']],
    ['ends, and does not become a question that does not wait, when they took it all', 400, []],
  ] as const) {
    it(what, async () => {
      let now = 0
      const asks: string[] = []
      const source = scriptedSource({
        query: async (_, sql) => {
          const [, seconds] = / GET_LOCK\([^)]*, ([\d.]+)\)/.exec(sql) ?? []
          if (seconds !== undefined) asks.push(seconds)
          if (!sql.startsWith('SHOW VARIABLES'))
            return [{ granted: 1, session_id: 7, token: '1', read_only: 0, released_0: 1 }]
          now += spentMs
          return [{ Variable_name: 'version', Value: '10.11.6-MariaDB' }]
        },
        sever: () => {},
      })
      const clock = { ...systemClock, now: () => now }
      const session = await new SqlBackend(source, undefined, clock).open()
      const grant = await session.acquire('a', 400)
      assert.equal(grant === null, waits.length === 0)
      assert.deepEqual(asks, waits)
    })
  }

  it('without an end goes on with another connection, when the answer to a part of it never comes', async () => {
    const clock = new FakeClock()
    let severed = 0
    const asks: string[] = []
    const source = scriptedSource({
      query: async (_, sql) => {
        if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: '10.11.6-MariaDB' }]
        const [, seconds] = / GET_LOCK\([^)]*, ([\d.]+)\)/.exec(sql) ?? []
        if (seconds === undefined) return [{ released_0: 1 }]
        asks.push(seconds)
        if (asks.length === 1) return new Promise(() => {})
        return [{ granted: 1, session_id: 7, token: '1', read_only: 0 }]
      },
      sever: () => {
        severed += 1
      },
    })
    const engine = new LockEngine(new SqlBackend(source, undefined, clock), { namespace: '' }, clock)
    const acquiring = engine.acquire('a', { timeoutMs: Infinity })
    await clock.pass(3_650_000)
    assert.equal(severed, 0)
    await clock.pass(15_000)
    await (await acquiring).release()
    assert.deepEqual([asks, severed], [['3600', '3600'], 1])
  })
})
