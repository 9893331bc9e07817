import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './database.js'

/** Often enough to see what lasts, and seldom enough not to be what is measured. */
const INTERVAL_MS = 50

/** Runs `work`, and answers how many connections there were at most while it ran, too. */
export async function watchConnections<T>(
  database: Database,
  work: () => Promise<T>,
): Promise<{ result: T; most: number }> {
  let isOver = false
  let most = 0
  const watching = (async () => {
    // A look at the end, too: work may be shorter than the interval, and its connections stay in the pool.
    for (let isLast = false; !isLast;) {
      isLast = isOver
      most = Math.max(most, await database.connections())
      if (!isLast) await sleep(INTERVAL_MS)
    }
  })()
  try {
    return { result: await work(), most: (await over(), most) }
  } finally {
    await over()
  }

  async function over(): Promise<void> {
    isOver = true
    await watching
  }
}
