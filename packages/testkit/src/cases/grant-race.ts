import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Subject } from '../harness.js'
import type { Stage } from '../stage.js'
import type { Suite } from '../suite.js'

/** Tries side by side, each with a name of its own. */
const LANES = 10
/** How far one outcome shifts the next try, in milliseconds: at first, and once both have been seen. */
const SHIFT_MS = { far: 3, near: 0.5 }

/** A lock that was free for so long when the wait for it was given up was not even asked for by then, in milliseconds. */
const SLOW_MS = 5

type Options = { readonly timeoutMs?: number; readonly signal?: AbortSignal }

/** How a wait is given up after `ms`. */
const WAYS: Readonly<Record<string, (ms: number) => Options>> = {
  'its timeout': (ms) => ({ timeoutMs: ms }),
  'its signal': (ms) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), ms)
    return { signal: controller.signal }
  },
}

/** Waits for a name; a grant is given back before it resolves, and `givenUp` is called before anything else happens. */
type Wait<Tx> = (
  subject: Subject<Tx>,
  name: string,
  options: Options,
  givenUp: () => Promise<void>,
) => Promise<'granted' | 'given up'>

const onItsOwn = async <Tx>(...[{ locks }, name, options, givenUp]: Parameters<Wait<Tx>>) => {
  const lock = await locks.acquireNamedLock(name, options).catch(() => null)
  if (lock === null) await givenUp()
  await lock?.release()
  return lock === null ? 'given up' : 'granted'
}

const inATransaction = <Tx>(...[subject, name, options, givenUp]: Parameters<Wait<Tx>>) =>
  subject.locks.withNamedLock(`${name}!`, async (transaction) => {
    const call = subject.joined(transaction).withNamedLock(name, () => 'granted' as const, options)
    const outcome = await call.catch(() => 'given up' as const)
    // The transaction is still open: what it were granted now, it would keep.
    if (outcome === 'given up') await givenUp()
    return outcome
  })

async function race<Tx>(
  stage: Stage<Tx>,
  tries: number,
  giveUp: (ms: number) => Options,
  wait: Wait<Tx>,
): Promise<void> {
  // Twice the lanes, so that a wait in a transaction can be ended from beside it.
  const [holder, waiter, next] = [
    await stage.open({ poolSize: LANES }),
    await stage.open({ poolSize: 2 * LANES, namedLocks: { maxWaiters: LANES } }),
    await stage.open({ poolSize: LANES, namedLocks: { maxWaiters: LANES } }),
  ]
  const outcomes = { granted: 0, 'given up': 0 }
  const lane = async (name: string): Promise<void> => {
    // When to release, relative to the giving up: shifted towards the moment at which either may come first.
    let shiftMs = 0
    let stepMs: number = SHIFT_MS.far
    let last: 'granted' | 'given up' | undefined
    // How long the wait has at least: longer where its connection is slow to come by and it would be over before it began.
    let leastMs = 10
    for (let count = 0; count < tries / LANES; count += 1) {
      const held = await holder.locks.acquireNamedLock(name)
      const afterMs = leastMs + Math.random() * 5
      const isFree = async (): Promise<void> => {
        await released
        await (await next.locks.acquireNamedLock(name, { timeoutMs: 2_000 })).release()
      }
      const released = sleep(Math.max(0, afterMs + shiftMs + Math.random() * 4 - 2)).then(() => held.release())
      const outcome = await wait(waiter, name, giveUp(afterMs), isFree)
      await isFree()
      outcomes[outcome] += 1
      if (last !== undefined && outcome !== last) stepMs = SHIFT_MS.near
      last = outcome
      shiftMs += outcome === 'granted' ? stepMs : -stepMs
      if (stepMs === SHIFT_MS.far && shiftMs < -SLOW_MS) leastMs += SLOW_MS
    }
  }
  await Promise.all(Array.from({ length: LANES }, () => lane(stage.name('lane'))))
  await stage.assertWhole(waiter, LANES)
  // Otherwise the two did not meet, and nothing was shown.
  const least = Math.min(...Object.values(outcomes))
  assert.ok(least > tries / 10, JSON.stringify(outcomes))
}

/** 5. No lock is granted later behind the caller's back, even when the grant and the end of the wait cross. */
export function grantRaceCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('a wait given up at the very moment of the grant', () => {
    for (const [way, giveUp] of Object.entries(WAYS)) {
      suite.it(`by ${way}: 1000 times, and never is a lock left behind`, (stage) =>
        race(stage, 1_000, giveUp, onItsOwn),
      )
      if (suite.capabilities.joins === 'none') continue
      suite.it(`by ${way}, in a transaction that goes on: 300 times, and never is a lock left behind`, (stage) =>
        race(stage, 300, giveUp, inATransaction),
      )
    }
  })
}
