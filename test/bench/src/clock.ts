import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds, in fractions, on the system's monotonic clock, which all processes of one machine share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export async function sleepUntil(moment: number): Promise<void> {
  const rest = moment - now()
  if (rest > 0) await sleep(rest)
}
