import { monotonicMs } from '../monotonic.js'

/** How often it is looked, in milliseconds. */
const LOOK_EVERY_MS = 50

/** Shortest that is told of, in milliseconds: what is less is part of what every answer may be late by. */
const SHORTEST_MS = 100

/**
 * Tells for how long this process was kept from running, in milliseconds, whenever it runs again: its timer is late, and it has not used the
 * processor itself meanwhile. What keeps the event loop busy uses it, and is no stall.
 */
export function watchStalls(tell: (ms: number) => void): void {
  let lastAt = monotonicMs()
  let lastUse = process.cpuUsage()
  setInterval(() => {
    const now = monotonicMs()
    const { user, system } = process.cpuUsage(lastUse)
    const stalledMs = now - lastAt - LOOK_EVERY_MS - (user + system) / 1_000
    lastAt = now
    lastUse = process.cpuUsage()
    if (stalledMs >= SHORTEST_MS) tell(stalledMs)
  }, LOOK_EVERY_MS).unref()
}
