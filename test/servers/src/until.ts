import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for something that nobody tells of, for 20 s unless told otherwise. @throws when it has not come by then */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs: number = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await sleep(20)
  }
}
