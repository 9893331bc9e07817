import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `condition` holds; fails after 5 seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 5000
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `after 5 seconds still not: ${what}`)
    await sleep(1)
  }
}

/** Whether `promise` is still open after `ms`. */
export async function isPendingAfter(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => false,
    () => false,
  )
  return Promise.race([settled, sleep(ms, true)])
}

export async function elapsed(promise: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await promise
  return performance.now() - start
}
