import { setTimeout as sleep } from 'node:timers/promises'

/** Longest wait for what has to become true some time, in milliseconds, on a machine that has much else to do. */
const LONGEST_WAIT_MS = 10_000

/** Checks again and again until `check` no longer throws; its last error when that does not happen in time. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = LONGEST_WAIT_MS): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await sleep(5)
  }
}
