import { setTimeout as sleep } from 'node:timers/promises'

/** Less than a test has by default, which then says what it has waited for, and tidies up before the next one begins. */
const USUAL_MS = 15_000

/** Waits for something that nobody tells of, for 15 s unless told otherwise. @throws when it has not come by then */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs: number = USUAL_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await sleep(20)
  }
}
