import { describeDuration, systemClock } from '@ormutex/core'
import type { Lock } from '@ormutex/mysql2'
import { describeError } from '../describe-error.js'
import { EXIT } from '../exit-codes.js'
import { say, sayAside } from '../output.js'
import { RunningCommand } from './running-command.js'
import type { SignalRelay } from './signals.js'
import { isStillHeld, type Witnesses } from './still-held.js'

export interface Limits {
  readonly graceMs: number
  readonly holdTimeoutMs: number
}

export interface Supervision {
  /** What was given; for an `ormutex` that the command runs. The default is not: the command may go to another database. */
  readonly namespace: string | undefined
  /** Who is asked at the end whether the lock is still held. */
  readonly witnesses: Witnesses
  readonly signals: SignalRelay
  readonly limits: Limits
}

/**
 * Runs a command under a lock that is held.
 *
 * The limit of the hold is kept here and not by the library, which would release the lock at once, while the command is still ending.
 *
 * @returns the exit code: the command's, or that the lock was lost, may have been, or was held for too long
 */
export async function supervise(
  words: readonly string[],
  lock: Lock,
  { namespace, witnesses, signals, limits }: Supervision,
): Promise<number> {
  signals.interruption.throwIfAborted()
  const command = new RunningCommand(words, environment(lock, namespace), limits.graceMs)
  signals.relayTo(command.relay)
  const cause = await firstOf(command, lock, limits.holdTimeoutMs)
  if (cause !== undefined) {
    const ended = command.end(limits.graceMs)
    await Promise.all([ended, sayAside(`${cause}; ending the command`)])
    return EXIT.lost
  }
  const exitCode = await command.exited
  const reason = await signals.interruptible(whyInDoubt(lock, witnesses))
  if (reason === undefined) return exitCode
  say(`${reason}; the command ended with exit code ${exitCode}`)
  return EXIT.lost
}

/** What a good exit code would hide; nothing when the lock was held to the end. */
async function whyInDoubt(lock: Lock, witnesses: Witnesses): Promise<string | undefined> {
  const title = `the lock ${JSON.stringify(lock.name)}`
  try {
    return (await isStillHeld(lock, witnesses)) ? undefined : `${title} was lost before the command ended`
  } catch (error) {
    return `nobody could be asked whether ${title} was still held at the end: ${describeError(error)}`
  }
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
    const ended = (): void => end()
    command.exited.then(ended, ended)
  })
}

function environment({ name, key, token }: Lock, namespace: string | undefined): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(namespace !== undefined && { ORMUTEX_NAMESPACE: namespace }),
    ORMUTEX_NAME: name,
    ORMUTEX_KEY: key,
    ORMUTEX_TOKEN: String(token),
  }
}
