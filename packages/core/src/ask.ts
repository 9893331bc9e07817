import type { Grant, LockSession } from './backend.js'
import { LockDeadlockError } from './errors.js'
import type { CheckedWait } from './options.js'
import { GaveUpError, type Patience } from './patience.js'

/**
 * How much longer than the deadline the server's own refusal may take to arrive, in milliseconds, before the wait is cut
 * off from this side. Part of the 50 within which a timeout is honoured.
 */
const ANSWER_GRACE_MS = 30

/** Pause after a refusal that came before its time, in milliseconds: a server whose clock jumped must not be asked in a loop. */
const EARLY_REFUSAL_PAUSE_MS = 3

/**
 * Pause before a second question after a deadlock, in milliseconds, once to twice as long. Measured on both servers: of two
 * that close the circle at the same moment sometimes both are refused, and then nobody would get on.
 */
const DEADLOCK_PAUSE_MS = 4

/** All keys granted: the last grant, whose token is the largest. */
export interface Granted extends Grant {
  readonly granted: true
}

/** One key was refused; nothing is held. */
export interface Refused {
  readonly granted: false
  readonly key: string
}

/** What is asked, of whom, and how. */
export interface Question {
  readonly session: LockSession
  /** In the order in which they are to be asked for. */
  readonly keys: readonly string[]
  readonly patience: Patience
  readonly wait: CheckedWait
  readonly mayWait: boolean
  /** Whether the session may be destroyed for the sake of a wait that is given up: nobody else has anything on it. */
  readonly expendable: boolean
}

/**
 * Asks one session for several keys in their order, all or none, waiting as long as patience lasts if it may.
 *
 * @throws {GaveUpError} on an abort, or when the server did not even refuse in time; nothing is held, and nothing will be
 * @throws whatever `LockSession.acquire` throws
 */
export async function ask(question: Question): Promise<Granted | Refused> {
  const { session, keys, patience, wait } = question
  // Before the first question: a waiter that was cut off is granted the lock, too.
  if (wait.orphanTimeoutMs !== undefined) await patience.wait(session.boundOrphan(wait.orphanTimeoutMs), () => {})
  const held: string[] = []
  let last: Grant | undefined
  const releaseHeld = async (): Promise<void> => {
    if (held.length > 0) await session.release(held.toReversed())
  }
  for (const key of keys) {
    let grant: Grant | null
    try {
      grant = await askForOne(question, key)
    } catch (error) {
      await releaseHeld().catch(() => session.destroy())
      throw error
    }
    if (grant === null) {
      await releaseHeld()
      return { granted: false, key }
    }
    held.push(key)
    last = grant
  }
  return { granted: true, ...last! }
}

async function askForOne(question: Question, key: string): Promise<Grant | null> {
  const { session, patience, mayWait } = question
  let wasRefused = false
  for (;;) {
    const waitMs = mayWait ? Math.min(Math.ceil(patience.remainingMs), session.longestWaitMs) : 0
    let grant: Grant | null
    try {
      grant = await patience.wait(session.acquire(key, waitMs), () => {}, ANSWER_GRACE_MS)
    } catch (error) {
      if (error instanceof GaveUpError) await giveUp(question, key)
      if (!(error instanceof LockDeadlockError) || wasRefused) throw error
      wasRefused = true
      await patience.sleep(DEADLOCK_PAUSE_MS * (1 + Math.random()))
      continue
    }
    // The server's clock may have jumped, and one question may be shorter than the whole wait: our own deadline counts.
    if (grant !== null || !mayWait || patience.isSpent) return grant
    await patience.sleep(EARLY_REFUSAL_PAUSE_MS)
  }
}

/** A session of our own is cheaper to replace than to trust: the server forgets a waiter whose connection is closed. */
async function giveUp({ session, expendable }: Question, key: string): Promise<void> {
  if (expendable) session.destroy()
  else await session.abandon(key)
}
