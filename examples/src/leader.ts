import { setTimeout as sleep } from 'node:timers/promises'
import { isOrmutexError, namedLocks } from '@ormutex/mysql2'
import { createPool } from 'mysql2/promise'

// Who waits sends nothing: TCP has to, or a network that forgets silent connections ends the wait
// without a word.
const pool = createPool({ uri: process.env.DATABASE_URL!, keepAliveInitialDelay: 60_000 })
const locks = namedLocks(pool, { namespace: 'shop' })

await pool.query(`CREATE TABLE IF NOT EXISTS schedule (id INT PRIMARY KEY, token BIGINT NOT NULL,
  ticks INT NOT NULL)`)
await pool.query('INSERT IGNORE INTO schedule VALUES (1, 0, 0)')

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

while (!stop.signal.aborted) {
  try {
    await using lock = await locks.acquireNamedLock('leader', {
      timeoutMs: Infinity,
      orphanTimeoutMs: 15_000,
      signal: stop.signal,
    })
    console.log(`${process.pid} leads with token ${lock.token}`)
    await lead(lock.token, AbortSignal.any([lock.signal, stop.signal]))
  } catch (error) {
    if (stop.signal.aborted) break
    console.log(`${process.pid} does not lead: ${isOrmutexError(error) ? error.code : String(error)}`)
    await sleep(1_000)
  }
}
console.log(`${process.pid} has stopped`)
await pool.end()

/** What only the leader does, until the signal is aborted: rejects with its reason then. */
async function lead(token: bigint, signal: AbortSignal): Promise<never> {
  for (;;) {
    signal.throwIfAborted()
    // Nobody who led before this leader gets through here any more, however late their statement comes.
    const sql = 'UPDATE schedule SET ticks = ticks + 1, token = ? WHERE id = 1 AND token <= ?'
    await pool.execute(sql, [token, token])
    await sleep(1_000, undefined, { signal }).catch(() => {})
  }
}
