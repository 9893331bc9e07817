import { setTimeout as sleep } from 'node:timers/promises'

/** Checks again and again until `check` no longer throws; its last error when that does not happen in time. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 2_000): Promise<T> {
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
