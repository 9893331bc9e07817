import { describeDuration, systemClock } from '@ormutex/core'
import type { Lock } from '@ormutex/mysql2'
import type { Pool, RowDataPacket } from 'mysql2/promise'
import { describeError } from '../describe-error.js'
import { EXIT } from '../exit-codes.js'
import { say } from '../output.js'
import { RunningCommand } from './running-command.js'
import type { SignalRelay } from './signals.js'

export interface Limits {
  readonly graceMs: number
  readonly holdTimeoutMs: number
}

/**
 * Runs a command under a lock that is held.
 *
 * The limit of the hold is kept here and not by the library, which would release the lock at once, while the command is still ending.
 *
 * @returns the exit code: the command's, or that the lock was lost or held for too long
 */
export async function supervise(
  words: readonly string[],
  lock: Lock,
  { pool, signals, limits }: { readonly pool: Pool; readonly signals: SignalRelay; readonly limits: Limits },
): Promise<number> {
  signals.interruption.throwIfAborted()
  const command = new RunningCommand(words, environment(lock), limits.graceMs)
  signals.relayTo(command.relay)
  const cause = await firstOf(command, lock, limits.holdTimeoutMs)
  if (cause !== undefined) {
    say(`${cause}; ending the command`)
    await command.end(limits.graceMs)
    return EXIT.lost
  }
  const exitCode = await command.exited
  if (await isStillHeld(pool, lock)) return exitCode
  say(`the lock ${JSON.stringify(lock.name)} was lost before the command ended, with exit code ${exitCode}`)
  return EXIT.lost
}

/** Why the command is to be ended; nothing when it has ended by itself. */
function firstOf(command: RunningCommand, lock: Lock, holdTimeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const limit = systemClock.after(holdTimeoutMs, () =>
      resolve(
        `the lock ${JSON.stringify(lock.name)} has been held for ${describeDuration(holdTimeoutMs)}, as long as --hold-timeout allows`,
      ),
    )
    const end = (cause?: string): void => {
      limit.stop()
      resolve(cause)
    }
    const lose = (): void => end(describeError(lock.signal.reason))
    if (lock.signal.aborted) return lose()
    lock.signal.addEventListener('abort', lose, { once: true })
    void command.exited.then(() => end())
  })
}

/** A connection that was cut off says nothing; the server does. What it cannot be asked is not taken for a yes. */
async function isStillHeld(pool: Pool, lock: Lock): Promise<boolean> {
  if (lock.signal.aborted) return false
  try {
    const [rows] = await pool.query<RowDataPacket[]>('SELECT CAST(IS_USED_LOCK(?) AS CHAR) AS session_id', [lock.key])
    return String((rows[0] as { readonly session_id: unknown }).session_id) === lock.sessionId
  } catch {
    return false
  }
}

function environment(lock: Lock): NodeJS.ProcessEnv {
  return { ...process.env, ORMUTEX_NAME: lock.name, ORMUTEX_KEY: lock.key, ORMUTEX_TOKEN: String(lock.token) }
}
