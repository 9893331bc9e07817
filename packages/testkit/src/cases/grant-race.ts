import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from '../stage.js'
import type { Suite } from '../suite.js'

/** As the contract's checklist has it. */
const TRIES = 1_000
/** Tries side by side, each with a name of its own. */
const LANES = 10
/** How far one outcome shifts the next try. */
const SHIFT_MS = 0.5

/** How a wait is given up after `ms`. */
type GiveUp = (ms: number) => { readonly timeoutMs?: number; readonly signal?: AbortSignal }

const WAYS: Readonly<Record<string, GiveUp>> = {
  'its timeout': (ms) => ({ timeoutMs: ms }),
  'its signal': (ms) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), ms)
    return { signal: controller.signal }
  },
}

async function race<Tx>(stage: Stage<Tx>, giveUp: GiveUp): Promise<{ granted: number; givenUp: number }> {
  const [holder, waiter, next] = [
    await stage.open({ poolSize: LANES }),
    await stage.open({ poolSize: LANES, namedLocks: { maxWaiters: LANES } }),
    await stage.open({ poolSize: LANES, namedLocks: { maxWaiters: LANES } }),
  ]
  let granted = 0
  let givenUp = 0
  const lane = async (name: string): Promise<void> => {
    // When to release, relative to the giving up: shifted towards the moment at which either may come first.
    let shiftMs = 0
    for (let count = 0; count < TRIES / LANES; count += 1) {
      const held = await holder.locks.acquireNamedLock(name)
      const afterMs = 10 + Math.random() * 5
      const waiting = waiter.locks.acquireNamedLock(name, giveUp(afterMs)).then(
        async (lock) => {
          granted += 1
          shiftMs += SHIFT_MS
          await lock.release()
        },
        () => {
          givenUp += 1
          shiftMs -= SHIFT_MS
        },
      )
      await sleep(Math.max(0, afterMs + shiftMs + Math.random() * 4 - 2))
      await held.release()
      await waiting
      await (await next.locks.acquireNamedLock(name, { timeoutMs: 2_000 })).release()
    }
  }
  await Promise.all(Array.from({ length: LANES }, () => lane(stage.name('lane'))))
  await stage.assertWhole(waiter, LANES)
  return { granted, givenUp }
}

/** 5. No lock is granted later behind the caller's back, even when the grant and the end of the wait cross. */
export function grantRaceCases<Tx>(suite: Suite<Tx>): void {
  suite.describe('a wait given up at the very moment of the grant', () => {
    for (const [way, giveUp] of Object.entries(WAYS)) {
      suite.it(`by ${way}: ${TRIES} times, and never is a lock left behind`, async (stage) => {
        const { granted, givenUp } = await race(stage, giveUp)
        assert.equal(granted + givenUp, TRIES)
        // Otherwise the two did not meet, and nothing was shown.
        assert.ok(granted > TRIES / 10 && givenUp > TRIES / 10, `granted ${granted}, given up ${givenUp}`)
      })
    }
  })
}
