import type { Grant, LockSession } from './backend.js'
import { LockDeadlockError } from './errors.js'
import { GaveUpError, type Patience } from './patience.js'

/**
 * How much longer than the deadline the server's own refusal may take to arrive, in milliseconds, before the wait is cut
 * off from this side. Part of the 50 within which a timeout is honoured.
 */
const ANSWER_GRACE_MS = 30

/** Pause after a refusal that came before its time, in milliseconds: a server whose clock jumped must not be asked in a loop. */
const EARLY_REFUSAL_PAUSE_MS = 3

/** How often, and after which pauses in milliseconds, the one that insists asks again after a deadlock. */
const DEADLOCK_PAUSES_MS = [4, 6, 8]

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
export function ask(question: Question): Promise<Granted | Refused> {
  return allOrNone(
    question.keys,
    (key) => askForOne(question, key),
    (held) => releaseAll(question, held),
  )
}

/**
 * Asks for several keys in their order, and gives back those that were granted when one of them is refused or fails.
 *
 * @throws whatever `acquire` throws, once that is done
 */
export async function allOrNone(
  keys: readonly string[],
  acquire: (key: string) => Promise<Grant | null>,
  release: (held: readonly string[]) => Promise<void>,
): Promise<Granted | Refused> {
  const held: string[] = []
  let last: Grant | undefined
  for (const key of keys) {
    let grant: Grant | null
    try {
      grant = await acquire(key)
    } catch (error) {
      await release(held)
      throw error
    }
    if (grant === null) {
      await release(held)
      return { granted: false, key }
    }
    held.push(key)
    last = grant
  }
  return { granted: true, ...last! }
}

/** Gives back what was granted before one was refused, within the time that is left: nobody waits longer for a release. */
async function releaseAll({ session, patience, expendable }: Question, held: readonly string[]): Promise<void> {
  if (held.length === 0) return
  const released = session.release(held.toReversed())
  try {
    await patience.waitForAnswer(released, () => {}, ANSWER_GRACE_MS)
  } catch (error) {
    // A transaction's own session releases behind whatever it is busy with, before it is asked for anything else.
    if (error instanceof GaveUpError && !expendable) released.catch(() => session.destroy())
    else session.destroy()
  }
}

async function askForOne(question: Question, key: string): Promise<Grant | null> {
  const { session, patience, mayWait } = question
  let deadlocks = 0
  for (;;) {
    const waitMs = mayWait ? Math.min(Math.ceil(patience.remainingMs), session.longestWaitMs) : 0
    let grant: Grant | null
    try {
      grant = await patience.waitForAnswer(session.acquire(key, waitMs), () => {}, ANSWER_GRACE_MS)
    } catch (error) {
      if (error instanceof GaveUpError) await giveUp(question, key)
      const pauseMs = error instanceof LockDeadlockError ? DEADLOCK_PAUSES_MS[deadlocks++] : undefined
      if (pauseMs === undefined || !(await insists(question, key))) throw error
      await patience.sleep(pauseMs)
      continue
    }
    // The server's clock may have jumped, and one question may be shorter than the whole wait: our own deadline counts.
    if (grant !== null || !mayWait || patience.isSpent) return grant
    await patience.sleep(EARLY_REFUSAL_PAUSE_MS)
  }
}

/**
 * Whether a session that was refused for a deadlock asks again. Measured on MySQL 9.7 and MariaDB 10.11: of those that close
 * a circle at the same moment the server sometimes refuses all, and then nobody would get on. Therefore one of them insists:
 * whose id is lower than that of the holder it waits for. In every circle somebody's is not.
 */
async function insists({ session, patience }: Question, key: string): Promise<boolean> {
  const holder = await patience.waitForAnswer(session.holderOf(key), () => {}, ANSWER_GRACE_MS)
  return holder === null || (session.id !== undefined && BigInt(session.id) < BigInt(holder.sessionId))
}

/** A session of our own is cheaper to replace than to trust: the server forgets a waiter whose connection is closed. */
async function giveUp({ session, expendable }: Question, key: string): Promise<void> {
  if (expendable) session.destroy()
  else await session.abandon(key)
}
