import assert from 'node:assert/strict'
import { LockEngine, type NamedLocksOptions } from '@ormutex/core'
import { SqlBackend } from '@ormutex/core/sql'
import { FakeClock } from './fake-clock.js'
import { scriptedSource } from './scripted-source.js'

/** On a pool that never gives a connection. */
function stuck(pinsWithoutLimit: boolean, options: NamedLocksOptions) {
  const clock = new FakeClock()
  const source = {
    ...scriptedSource({ query: async () => [], sever: () => {} }),
    pinsWithoutLimit,
    pin: () => new Promise<object>(() => {}),
  }
  return { clock, engine: new LockEngine(new SqlBackend(source, options, clock), options, clock) }
}

type Engine = ReturnType<typeof stuck>['engine']

/** Every call that gives no deadline. */
const CALLS: Readonly<Record<string, (engine: Engine) => Promise<unknown>>> = {
  'a try for a transaction': (engine) => engine.tryWithLock('a', () => 1, undefined),
  'a try for a lock by itself': (engine) => engine.tryAcquire('a', undefined),
  'a call with timeoutMs 0': (engine) => engine.withLock('a', () => 1, { timeoutMs: 0 }),
  'a look at one lock': (engine) => engine.holder('a'),
  'a look at all of them': (engine) => engine.list(),
}

/** When a call is over, and with what, if it is by then. */
async function endOf(clock: FakeClock, call: Promise<unknown>, byMs: number): Promise<[number, unknown] | undefined> {
  let end: [number, unknown] | undefined
  call.catch((error: unknown) => (end = [clock.now(), error]))
  await clock.pass(byMs)
  return end
}

describe('the wait for a connection of a pool that has no limit', () => {
  for (const [what, call] of Object.entries(CALLS)) {
    for (const namespace of ['shop', undefined]) {
      const settings = namespace === undefined ? {} : { namespace }
      it(`ends ${what} after 15 s${namespace === undefined ? ', before the namespace is known' : ''}`, async () => {
        const { clock, engine } = stuck(true, settings)
        const [atMs, error] = (await endOf(clock, call(engine), 60_000))!
        assert.equal(atMs, 15_000)
        const { code, reason, message } = error as { code: string; reason: string; message: string }
        assert.deepEqual([code, reason], ['LOCK_TIMEOUT', 'pool'])
        assert.match(message, /the pool of 10 gave no connection within 15\.0 s\. It has given ormutex none so far: /)
      })
    }

    it(`ends ${what} after the timeoutMs of defaults, if that is more`, async () => {
      for (const [timeoutMs, expected] of [
        [300, 15_000],
        [20_000, 20_000],
        [0, 15_000],
      ] as const) {
        const { clock, engine } = stuck(true, { namespace: 'shop', defaults: { timeoutMs } })
        assert.equal((await endOf(clock, call(engine), 60_000))![0], expected)
      }
    })

    it(`is left to the pool where that has a limit, for ${what}`, async () => {
      const { clock, engine } = stuck(false, { namespace: 'shop' })
      assert.equal(await endOf(clock, call(engine), 600_000), undefined)
    })
  }

  it('does not cut short a call that has a deadline, or wants none', async () => {
    const { clock, engine } = stuck(true, {})
    const [atMs] = (await endOf(clock, engine.acquire('a', { timeoutMs: 30_000 }), 60_000))!
    assert.equal(atMs, 30_000)
    const patient = stuck(true, {})
    assert.equal(await endOf(patient.clock, patient.engine.acquire('a', { timeoutMs: Infinity }), 600_000), undefined)
  })
})
