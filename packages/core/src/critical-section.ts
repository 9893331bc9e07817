import type { AfterCommit, Session } from './backend.js'
import { type Frame, runInFrame } from './call-context.js'
import { CommitUnknownError, LockLostError, OrmutexError } from './errors.js'
import type { HeldSession } from './held-session.js'
import type { Hold } from './hold.js'
import { lossOf } from './refusals.js'
import type { HoldOutcome } from './trace-messages.js'

/**
 * How far a transaction under a lock has come. What the loss of the session means depends on it: before COMMIT is sent
 * nothing can have been committed, after that only the data tells.
 */
type Phase = 'begin' | 'callback' | 'rollback' | 'commit' | 'over'

/** What `runTransaction` needs. */
export interface CriticalSection<Tx, TxOptions extends object, T> {
  readonly session: Session<Tx, TxOptions>
  /** The same session with what it holds. */
  readonly held: HeldSession
  readonly hold: Hold
  readonly frame: Frame
  readonly callback: (transaction: Tx) => T | PromiseLike<T>
  readonly options: TxOptions
  /** See `Session.transaction`. */
  readonly next: () => TxOptions | undefined
  /** Makes the lock known to those who join the transaction. */
  readonly announce: (transaction: Tx) => void
  /** The counterpart, when it has ended. */
  readonly renounce: (transaction: Tx) => void
}

/** Stands in for what a callback threw when that is no object that an ORM could carry through its rollback. */
class CallbackRejected extends Error {}

/**
 * Runs a transaction on a session that holds a lock: begin, callback, commit, release, in that order, on that session.
 * Settles as soon as the outcome is certain: after the release, or at once when the session is lost, although the callback
 * may still be running.
 */
export function runTransaction<Tx, TxOptions extends object, T>(
  section: CriticalSection<Tx, TxOptions, T>,
): Promise<Awaited<T>> {
  const { session, held, hold, frame, options } = section
  // Read through a function: the compiler does not see that the loss of the session changes it in between.
  let phase: Phase = 'begin'
  const isOver = (): boolean => phase === 'over'
  let thrown: { readonly error: unknown } | null = null
  let value: Awaited<T>
  /** The callback's, as long as it runs. */
  let work: Promise<void> | undefined
  let begun: Tx | undefined

  const runCallback = async (transaction: Tx): Promise<void> => {
    if (isOver()) throw new CallbackRejected('The lock was lost before the transaction began')
    phase = 'callback'
    section.announce(transaction)
    begun = transaction
    try {
      value = await runInFrame(frame, () => section.callback(transaction))
    } catch (error) {
      if (!isOver()) phase = 'rollback'
      thrown = { error }
    }
    work = undefined
    const prepared = held.prepareToEnd()
    if (prepared !== undefined) await prepared
    if (thrown !== null)
      throw thrown.error instanceof Error ? thrown.error : new CallbackRejected('The callback rejected')
    // Lost while the callback ran on: what it did must not be committed, should the connection still take a COMMIT.
    if (isOver()) throw new CallbackRejected('The lock was lost')
    phase = 'commit'
  }

  /** The error of a session that was lost in the present phase. */
  const lossError = (lost: OrmutexError): unknown => {
    if (phase === 'commit') {
      return new CommitUnknownError(
        `${hold.target.title}: COMMIT was sent, but its answer was lost with the connection`,
        {
          cause: lost.cause,
        },
      )
    }
    if (thrown !== null && !session.isLostBy(thrown.error)) return thrown.error
    return lost
  }

  const lostBy = (cause: unknown): unknown => lossError(lossOf([hold.target.title], cause))

  return new Promise<Awaited<T>>((resolve, reject) => {
    hold.onLost((lost) => {
      if (isOver()) return
      const error = lossError(lost)
      hold.trace?.conclude(outcomeOf(error), error)
      over()
      if (error === thrown?.error) reject(error)
      else resolve(rejectWhereAwaited(error))
    })
    const over = (): void => {
      phase = 'over'
      frame.active = false
    }

    const run = async (): Promise<void> => {
      let failed: { readonly error: unknown } | null = null
      let afterCommit: AfterCommit | void = undefined
      try {
        afterCommit = await session.transaction(
          (transaction) => (work = runCallback(transaction)),
          options,
          section.next,
        )
      } catch (error) {
        failed = { error }
      }
      // A callback may end its transaction by itself and go on: the lock stays until it has returned, too.
      if (work !== undefined) await work.catch(() => {})
      if (begun !== undefined) section.renounce(begun)
      if (isOver()) return
      const rolledBack =
        thrown !== null &&
        (failed === null || failed.error === thrown.error || failed.error instanceof CallbackRejected)
      if (failed === null || rolledBack) {
        hold.trace?.conclude(thrown === null ? 'committed' : 'rolled-back', thrown?.error)
        over()
        await held.end()
        if (thrown !== null) return reject(thrown.error)
        await afterCommit?.()
        return resolve(value)
      }
      // BEGIN, COMMIT or ROLLBACK failed: whatever transaction may be open now must not get back into the pool.
      if (phase === 'commit' && session.isUnsent(failed.error)) phase = 'callback'
      const error = session.isLostBy(failed.error)
        ? lostBy(thrown === null ? failed.error : thrown.error)
        : failed.error
      const told = thrown === null || error instanceof LockLostError ? error : thrown.error
      hold.trace?.conclude(outcomeOf(told), told)
      over()
      held.drop()
      if (told === thrown?.error) reject(told)
      else resolve(rejectWhereAwaited(told))
    }
    run().catch(reject)
  })
}

/**
 * Rejects with an error that was made where nobody awaits the call, in a timer or by an event. The stack of one of ours leads to whoever
 * does: that is known once the call's own promise has taken this one over, which takes it two turns.
 */
async function rejectWhereAwaited(told: unknown): Promise<never> {
  await Promise.resolve()
  await Promise.resolve()
  if (told instanceof OrmutexError) Error.captureStackTrace(told)
  throw told
}

/** What those who listen are told of a transaction that went wrong. */
function outcomeOf(error: unknown): HoldOutcome {
  if (!(error instanceof OrmutexError)) return 'failed'
  if (error.code === 'HOLD_TIMEOUT') return 'hold-timeout'
  if (error.code === 'LOCK_LOST') return 'lost'
  return error.code === 'COMMIT_UNKNOWN' ? 'commit-unknown' : 'failed'
}

/** Runs a callback under a lock that joined a transaction: the lock outlives it, and its loss rejects at once. */
export function runJoined<T>(hold: Hold, frame: Frame, callback: () => T | PromiseLike<T>): Promise<Awaited<T>> {
  return new Promise((resolve, reject) => {
    hold.onLost(reject)
    hold.enter()
    const run = async (): Promise<Awaited<T>> => await runInFrame(frame, callback)
    run()
      .then(resolve, reject)
      .finally(() => {
        frame.active = false
        hold.leave()
        hold.offLost(reject)
      })
  })
}
