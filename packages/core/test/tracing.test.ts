import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { execFile } from 'node:child_process'
import { tracingChannel } from 'node:diagnostics_channel'
import { promisify } from 'node:util'
import type { AcquireMessage, HoldMessage } from '@ormutex/core'
import { MemoryServer, memoryLocks } from '@ormutex/core/memory'
import { FakeClock, settle } from './fake-clock.js'
import { listening } from './told.js'

/** Locks with the clock held still, and those of another process on the same server. */
function locksOn(clock: FakeClock, run?: (work: (transaction: object) => Promise<unknown>) => Promise<void>) {
  const server = new MemoryServer(clock)
  const options = { namespace: 'shop', server, clock, ...(run === undefined ? {} : { transaction: run }) }
  return { server, ours: memoryLocks(options), theirs: memoryLocks({ namespace: 'shop', server, clock }) }
}

const outcomesOf = (messages: readonly (AcquireMessage | HoldMessage)[]) => messages.map(({ outcome }) => outcome)

describe('the channel ormutex:acquire', () => {
  it('tells of a wait from the call to the grant', async () => {
    const clock = new FakeClock()
    const { ours, theirs } = locksOn(clock)
    const held = await theirs.acquireNamedLock('a')
    const told = await listening(async ({ acquired, events }) => {
      const waiting = ours.withNamedLock('a', (_, lock) => lock, { timeoutMs: 5_000 })
      assert.deepEqual(events, ['acquire start', 'acquire end'])
      assert.equal(acquired[0]!.outcome, undefined)
      await clock.pass(700)
      await held.release()
      const lock = await waiting
      const { names, keys, how, namespace, timeoutMs, waitedMs, outcome, sessionId, token, handedOver } = acquired[0]!
      assert.deepEqual(
        { names, keys, how, namespace, timeoutMs, waitedMs, outcome, sessionId, token, handedOver },
        {
          names: ['a'],
          keys: [lock.key],
          how: 'transaction',
          namespace: 'shop',
          timeoutMs: 5_000,
          waitedMs: 700,
          outcome: 'granted',
          sessionId: lock.sessionId,
          token: lock.token,
          handedOver: false,
        },
      )
    })
    assert.deepEqual(told.events.slice(2, 4), ['acquire asyncStart', 'acquire asyncEnd'])
  })

  it('tells of every way to ask', async () => {
    const { ours } = locksOn(new FakeClock())
    const told = await listening(async () => {
      await ours.withNamedLock(['b', 'a', 'b'], async () => {
        await (await ours.acquireNamedLock('c')).release()
        await (await ours.tryAcquireNamedLock('d'))!.release()
      })
      await ours.tryWithNamedLock('a', () => {})
      await ours.transaction(async (transaction) => {
        await ours.joined(transaction).withNamedLock('a', () => {})
        await ours.joined(transaction).tryWithNamedLock('b', () => {})
      })
    })
    assert.deepEqual(
      told.acquired.map(({ names, how }) => [how, ...names]),
      [
        ['transaction', 'b', 'a', 'b'],
        ['session', 'c'],
        ['session', 'd'],
        ['transaction', 'a'],
        ['joined', 'a'],
        ['joined', 'b'],
      ],
    )
    assert.equal(told.acquired[0]!.keys!.length, 3)
    assert.deepEqual(new Set(outcomesOf(told.acquired)), new Set(['granted']))
  })

  it('tells why nothing was granted', async () => {
    const clock = new FakeClock()
    const { ours, theirs } = locksOn(clock)
    const held = await theirs.acquireNamedLock('a', { keepAliveMs: 0 })
    const aborting = new AbortController()
    const told = await listening(async ({ events }) => {
      assert.equal(await ours.tryAcquireNamedLock('a'), null)
      assert.ok(!events.includes('acquire error'))
      const late = assert.rejects(ours.acquireNamedLock('a', { timeoutMs: 300 }), { code: 'LOCK_TIMEOUT' })
      await clock.pass(400)
      await late
      assert.deepEqual(events.slice(-5), [
        'acquire start',
        'acquire end',
        'acquire error',
        'acquire asyncStart',
        'acquire asyncEnd',
      ])
      const aborted = assert.rejects(ours.acquireNamedLock('a', { signal: aborting.signal }), /enough/)
      await settle()
      aborting.abort(new Error('enough'))
      await aborted
      await assert.rejects(ours.acquireNamedLock('a', { signal: aborting.signal }), /enough/)
      await ours.withNamedLock('b', () => assert.rejects(ours.acquireNamedLock('b'), { code: 'LOCK_REENTRY' }))
    })
    await held.release()
    assert.deepEqual(outcomesOf(told.acquired), ['taken', 'timeout', 'aborted', 'aborted', 'granted', 'failed'])
    assert.deepEqual(
      told.acquired.map(({ code }) => code),
      ['LOCK_TIMEOUT', 'LOCK_TIMEOUT', undefined, undefined, undefined, 'LOCK_REENTRY'],
    )
    assert.equal(told.acquired[1]!.waitedMs, 300)
    assert.equal((told.acquired[2]!.error as Error).message, 'enough')
  })

  it('tells at the end what has to be learnt first', async () => {
    const locks = memoryLocks()
    const told = await listening(async ({ acquired }) => {
      const acquiring = locks.acquireNamedLock('a')
      assert.deepEqual([acquired[0]!.keys, acquired[0]!.namespace], [undefined, undefined])
      const lock = await acquiring
      assert.deepEqual([acquired[0]!.keys, acquired[0]!.namespace], [[lock.key], ''])
      await lock.release()
    })
    assert.deepEqual(told.held[0]!.keys, told.acquired[0]!.keys)
  })

  it('tells of a deadlock', async () => {
    const { ours } = locksOn(new FakeClock())
    const told = await listening(async () => {
      const cross = (first: string, second: string) =>
        ours.transaction((transaction) =>
          ours.joined(transaction).withNamedLock(first, async () => {
            await settle()
            await ours.joined(transaction).withNamedLock(second, () => {})
          }),
        )
      await Promise.allSettled([cross('a', 'b'), cross('b', 'a')])
    })
    assert.ok(told.acquired.some(({ outcome, code }) => outcome === 'failed' && code === 'LOCK_DEADLOCK'))
  })

  it('says nothing of calls that are wrong, nor of waits that began before anybody listened', async () => {
    const clock = new FakeClock()
    const { ours, theirs } = locksOn(clock)
    const held = await theirs.acquireNamedLock('a')
    const early = ours.acquireNamedLock('a')
    await settle()
    const told = await listening(async () => {
      await assert.rejects(ours.acquireNamedLock(''), TypeError)
      await assert.rejects(
        ours.withNamedLock('a', () => {}, { timeoutMs: -1 }),
        RangeError,
      )
      await held.release()
      await early
    })
    assert.deepEqual(told.acquired, [])
    await (await early).release()
  })

  it('says which locks came from a holder of this process, whose caller keeps its own context', async () => {
    const { ours } = locksOn(new FakeClock())
    const context = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const told = await listening(async () => {
      const calls = ['first', 'second', 'third'].map((caller) =>
        context.run(caller, () => ours.withNamedLock('a', async () => void seen.push(context.getStore()))),
      )
      await Promise.all(calls)
    })
    assert.deepEqual(seen, ['first', 'second', 'third'])
    assert.deepEqual(
      told.acquired.map(({ handedOver }) => handedOver),
      [false, true, true],
    )
    assert.deepEqual(
      told.held.map(({ handedOver, token }) => [handedOver, token]),
      told.acquired.map(({ handedOver, token }) => [handedOver, token]),
    )
    assert.equal(new Set(told.held.map(({ sessionId }) => sessionId)).size, 1)
  })
})

describe('the channel ormutex:hold', () => {
  it('tells of a hold from the grant to the release', async () => {
    const clock = new FakeClock()
    const { ours } = locksOn(clock)
    const told = await listening(async ({ events, held }) => {
      const lock = await ours.acquireNamedLock('a')
      assert.deepEqual(events.slice(-2), ['hold start', 'hold end'])
      await clock.pass(250)
      await lock.release()
      const { names, keys, how, sessionId, token, heldMs, outcome, error } = held[0]!
      assert.deepEqual(
        { names, keys, how, sessionId, token, heldMs, outcome, error },
        {
          names: ['a'],
          keys: [lock.key],
          how: 'session',
          sessionId: lock.sessionId,
          token: lock.token,
          heldMs: 250,
          outcome: 'released',
          error: undefined,
        },
      )
    })
    assert.deepEqual(told.events.slice(-2), ['hold asyncStart', 'hold asyncEnd'])
  })

  it('tells what a transaction came to', async () => {
    const clock = new FakeClock()
    let atCommit: () => void = () => {}
    const { ours, server } = locksOn(clock, async (work) => {
      await work({})
      atCommit()
    })
    const thrown = new Error('no')
    const told = await listening(async () => {
      await ours.withNamedLock('a', () => {})
      await assert.rejects(
        ours.withNamedLock('a', () => Promise.reject(thrown)),
        thrown,
      )
      const lost = ours.withNamedLock('a', async (_, lock) => server.endSession(lock.sessionId))
      await assert.rejects(lost, { code: 'LOCK_LOST' })
      const long = assert.rejects(
        ours.withNamedLock('a', () => new Promise(() => {}), { holdTimeoutMs: 50 }),
        { code: 'HOLD_TIMEOUT' },
      )
      await clock.pass(50)
      await long
      const inDoubt = ours.withNamedLock('a', (_, lock) => {
        atCommit = () => server.endSession(lock.sessionId)
      })
      await assert.rejects(inDoubt, { code: 'COMMIT_UNKNOWN' })
      atCommit = () => {
        throw new Error('COMMIT was refused')
      }
      await assert.rejects(
        ours.withNamedLock('a', () => {}),
        /COMMIT was refused/,
      )
    })
    assert.deepEqual(outcomesOf(told.held), [
      'committed',
      'rolled-back',
      'lost',
      'hold-timeout',
      'commit-unknown',
      'failed',
    ])
    assert.equal(told.held[1]!.error, thrown)
    assert.deepEqual(
      told.held.map(({ error }) => (error as { code?: string } | undefined)?.code),
      [undefined, undefined, 'LOCK_LOST', 'HOLD_TIMEOUT', 'COMMIT_UNKNOWN', undefined],
    )
    assert.equal(told.events.filter((event) => event === 'hold error').length, 5)
    assert.equal(told.events.filter((event) => event === 'hold asyncEnd').length, 6)
  })

  it('tells of the loss of a lock without a transaction', async () => {
    const { ours, server } = locksOn(new FakeClock())
    const told = await listening(async () => {
      const lock = await ours.acquireNamedLock('a')
      server.endSession(lock.sessionId)
      assert.ok(lock.signal.aborted)
    })
    assert.deepEqual(outcomesOf(told.held), ['lost'])
  })

  it('tells of a hold that is lost before its callback can run', async () => {
    const { ours, server } = locksOn(new FakeClock())
    const kill = (message: unknown): void => server.endSession((message as AcquireMessage).sessionId!)
    const { asyncEnd } = tracingChannel('ormutex:acquire')
    asyncEnd.subscribe(kill)
    try {
      const told = await listening(async () => {
        const joining = ours.transaction((transaction) => ours.joined(transaction).withNamedLock('a', () => {}))
        await assert.rejects(joining, { code: 'LOCK_LOST' })
      })
      assert.deepEqual(outcomesOf(told.held), ['lost'])
      assert.deepEqual(told.events.slice(4), [
        'hold start',
        'hold end',
        'hold error',
        'hold asyncStart',
        'hold asyncEnd',
      ])
    } finally {
      asyncEnd.unsubscribe(kill)
    }
  })

  it('tells of each grant in a transaction once, until that one ends', async () => {
    const { ours } = locksOn(new FakeClock())
    const told = await listening(async ({ events }) => {
      await ours.transaction(async (transaction) => {
        const joined = ours.joined(transaction)
        await joined.withNamedLock('a', () => joined.withNamedLock('a', () => {}))
        await joined.withNamedLock(['a', 'b'], () => {})
        assert.ok(!events.includes('hold asyncEnd'))
      })
    })
    assert.deepEqual(
      told.held.map(({ how, names, outcome }) => [how, outcome, ...names]),
      [
        ['joined', 'released', 'a'],
        ['joined', 'released', 'b'],
      ],
    )
    assert.equal(told.acquired.length, 3)
  })

  it('runs what the lock is held for in the contexts of those who listen, and in no other', async () => {
    const { ours } = locksOn(new FakeClock())
    const span = new AsyncLocalStorage<string>()
    const wrapped = new AsyncLocalStorage<string>()
    const outer = new AsyncLocalStorage<string>()
    const { start } = tracingChannel('ormutex:hold')
    const acquiring = tracingChannel('ormutex:acquire').start
    const contextsHere = () => [span.getStore(), wrapped.getStore(), outer.getStore()]
    start.bindStore(span, (message) => `hold ${(message as HoldMessage).names.join()}`)
    acquiring.bindStore(span, () => 'acquire')
    const aroundTwice = (message: unknown): void => {
      ;(message as HoldMessage).around((work) => outer.run('outer', work))
      ;(message as HoldMessage).around((work) => wrapped.run(`in ${outer.getStore()}`, work))
    }
    start.subscribe(aroundTwice)
    try {
      const inside = ['hold a', 'in outer', 'outer']
      await ours.withNamedLock('a', async () => {
        assert.deepEqual(contextsHere(), inside)
        await settle()
        assert.deepEqual(contextsHere(), inside)
      })
      await ours.transaction(async (transaction) => {
        await ours.joined(transaction).withNamedLock('a', () => assert.deepEqual(contextsHere(), inside))
        assert.deepEqual(contextsHere(), [undefined, undefined, undefined])
      })
      await (await ours.acquireNamedLock('a')).release()
      assert.deepEqual(contextsHere(), [undefined, undefined, undefined])
    } finally {
      start.unbindStore(span)
      acquiring.unbindStore(span)
      start.unsubscribe(aroundTwice)
    }
  })
})

describe('those who listen and throw', () => {
  /** What a script prints in a process of its own, in which errors `broken` are counted as they come. */
  const printed = async (script: string): Promise<string> => {
    const counting = `
      import { AsyncLocalStorage } from 'node:async_hooks'
      import { tracingChannel } from 'node:diagnostics_channel'
      import { memoryLocks } from '@ormutex/core/memory'
      let reported = 0
      process.on('uncaughtException', (error) => { if (error.message === 'broken') reported += 1 })
      const broken = () => { throw new Error('broken') }
    `
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', counting + script],
      {
        cwd: import.meta.dirname,
        // FORCE_COLOR would colour numbers.
        env: {},
      },
    )
    return stdout.trim()
  }

  it('break no lock: Node reports it as an uncaught exception', async () => {
    const script = `
      const events = { start: broken, end: broken, asyncStart: broken, asyncEnd: broken, error: broken }
      tracingChannel('ormutex:acquire').subscribe(events)
      tracingChannel('ormutex:hold').subscribe(events)
      const locks = memoryLocks({ namespace: '' })
      const value = await locks.withNamedLock('a', () => 7)
      await (await locks.acquireNamedLock('a')).release()
      setImmediate(() => console.log(value, reported))
    `
    assert.equal(await printed(script), '7 16')
  })

  const wrappers: readonly (readonly [what: string, wrapper: string, reported: number])[] = [
    ['throws at once', 'broken', 6],
    ['throws afterwards', '(work) => { work(); broken() }', 6],
    ['runs twice what it is given', '(work) => { work(); return work() }', 0],
    ['never runs what it is given', '() => undefined', 0],
  ]
  for (const [what, wrapper, reported] of wrappers) {
    it(`run what is traced once, also in a wrapper that ${what}`, async () => {
      const script = `
        const ends = []
        const context = new AsyncLocalStorage()
        for (const kind of ['acquire', 'hold']) {
          tracingChannel('ormutex:' + kind).subscribe({
            start: (message) => {
              message.around((work) => context.run('kept', work))
              message.around(${wrapper})
            },
            end: () => ends.push('end'),
            asyncEnd: () => ends.push('asyncEnd'),
          })
        }
        const locks = memoryLocks({ namespace: '' })
        const seen = []
        const value = await locks.withNamedLock('a', () => { seen.push(context.getStore()); return 7 })
        await (await locks.acquireNamedLock('a', { timeoutMs: 0 })).release()
        await locks.transaction((transaction) => locks.joined(transaction).withNamedLock('a', () => {}))
        const count = (event) => ends.filter((end) => end === event).length
        process.on('exit', () => console.log(value, seen.join(), count('end'), count('asyncEnd'), reported))
      `
      assert.equal(await printed(script), `7 kept 6 6 ${reported}`)
    })
  }

  it('run what is traced once, also in a store that cannot be set', async () => {
    const script = `
      const { start, asyncEnd } = tracingChannel('ormutex:hold')
      start.bindStore({ run: broken })
      start.bindStore(new AsyncLocalStorage(), broken)
      let ends = 0
      asyncEnd.subscribe(() => { ends += 1 })
      const locks = memoryLocks({ namespace: '' })
      let runs = 0
      await locks.withNamedLock('a', () => { runs += 1 })
      await (await locks.acquireNamedLock('a', { timeoutMs: 0 })).release()
      process.on('exit', () => console.log(runs, ends, reported))
    `
    assert.equal(await printed(script), '1 2 4')
  })
})
