import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** To within which the product promises to honour a timeout or an abort, in milliseconds. */
export const PROMISED_MS = 50

/** How often a latency is measured; odd, so that one of them is the median. */
const FEW = 3
/** The same where the few speak against the product. */
const MANY = 7

/** A timer of this many milliseconds that is late by less than `CALM_MS`, so often in a row, is what a calm machine gives. */
const PROBE_MS = 20
const CALM_MS = 10
const CALM_PROBES = 5

/** Longest wait for the machine to become calm, in milliseconds; a product that is late is measured all the same. */
const LONGEST_UNREST_MS = 3_000

/** How long `work` took, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Measures as `assertMostly` does, and asserts that it is `expectedMs`, give or take what is promised. */
export async function assertTakes(expectedMs: number, measure: () => Promise<number>): Promise<void> {
  await assertMostly((ms) => Math.abs(ms - expectedMs) <= PROMISED_MS, `${expectedMs} ms ± ${PROMISED_MS}`, measure)
}

/** The same for what is to come soon, with no promise in milliseconds. */
export async function assertTakesAtMost(longestMs: number, measure: () => Promise<number>): Promise<void> {
  await assertMostly((ms) => ms <= longestMs, `at most ${longestMs} ms`, measure)
}

/**
 * Measures several times and asserts that the median is in time. The median, because one pause of a busy machine says nothing
 * about the product, and a product that is late is late every time. One pause must not make all of them late, either: after a
 * late one, the next is made when the machine is calm again.
 */
async function assertMostly(
  isInTime: (ms: number) => boolean,
  expected: string,
  measure: () => Promise<number>,
): Promise<void> {
  const all: number[] = []
  for (const measurements of [FEW, MANY]) {
    // More than half of them in time, and so is the median, whatever the rest would be.
    const isShown = (): boolean => all.filter(isInTime).length > measurements / 2
    while (all.length < measurements && !isShown()) {
      if (!all.every(isInTime)) await calm()
      all.push(await measure())
    }
    if (isShown()) return
  }
  assert.fail(`Expected ${expected}, measured ${all.map((ms) => ms.toFixed(1)).join(', ')}`)
}

/** Resolves when timers of this process, which depend on nothing but the machine, are on time. */
export async function calm(): Promise<void> {
  const startedAt = performance.now()
  let onTime = 0
  while (onTime < CALM_PROBES && performance.now() - startedAt < LONGEST_UNREST_MS) {
    onTime = (await timed(() => sleep(PROBE_MS))) < PROBE_MS + CALM_MS ? onTime + 1 : 0
  }
}
