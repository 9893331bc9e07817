import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Polls, and fails when what is waited for has not come by then. */
export async function until(holds: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail(`not within ${timeoutMs} ms`)
    await sleep(20)
  }
}
