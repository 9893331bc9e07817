import assert from 'node:assert/strict'

/** To within which the product promises to honour a timeout or an abort, in milliseconds. */
export const PROMISED_MS = 50

/** How often a latency is measured; odd, so that one of them is the median. */
const MEASUREMENTS = 3

/** How long `work` took, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/**
 * Measures several times and asserts that the median is `expectedMs`, give or take what is promised. The median, because
 * one pause of a busy machine says nothing about the product, and a product that is late is late every time.
 */
export async function assertTakes(expectedMs: number, measure: () => Promise<number>): Promise<void> {
  const all: number[] = []
  const isInTime = (ms: number): boolean => Math.abs(ms - expectedMs) <= PROMISED_MS
  // More than half of them in time, and so is the median, whatever the rest would be.
  while (all.length < MEASUREMENTS && all.filter(isInTime).length <= MEASUREMENTS / 2) all.push(await measure())
  const shown = all.map((ms) => ms.toFixed(1)).join(', ')
  assert.ok(
    all.filter(isInTime).length > MEASUREMENTS / 2,
    `Expected ${expectedMs} ms ± ${PROMISED_MS}, measured ${shown}`,
  )
}
