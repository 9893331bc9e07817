import { ask, type Granted, type Refused } from './ask.js'
import { type LockSession, SessionLostError } from './backend.js'
import { isInsideHeldLock } from './call-context.js'
import type { Clock, Timer } from './clock.js'
import { LockUnsupportedError } from './errors.js'
import { mergeHolder } from './holder.js'
import type { LocalQueue } from './local-queue.js'
import type { LockCall } from './lock-call.js'
import { noSession } from './refusals.js'
import { NO_SLOT_NEEDED, type Slot, type WaiterSlots } from './waiter-slots.js'

/** Sessions that a call with `timeoutMs` 0 may lose before it fails: pooled connections may have died unnoticed. */
export const LOST_SESSIONS_WITHOUT_DEADLINE = 3

/**
 * How often a call that finds no waiter slot asks without waiting, in milliseconds: so a lock that is free is had although
 * other locks' waiters take all slots, for ever if need be (a standby leader waits with `Infinity`).
 */
const PROBE_DELAYS_MS = [20, 50, 100, 250, 500]

/** What waiting needs of a source. */
export interface OwnSessionContext<S> {
  readonly clock: Clock
  readonly slots: WaiterSlots
  readonly queue: Pick<LocalQueue<unknown, unknown>, 'noteAsked'>
  open(): Promise<S>
}

/**
 * One call's way to its locks on a session of its own: a waiter slot, a connection from the pool, the server. Whatever stops it on the
 * way, nothing stays behind: no slot, no connection, no lock.
 */
export class OwnSession<S extends LockSession, TxOptions extends object> {
  readonly #context: OwnSessionContext<S>
  readonly #call: LockCall<TxOptions>

  constructor(context: OwnSessionContext<S>, call: LockCall<TxOptions>) {
    this.#context = context
    this.#call = call
  }

  /**
   * @param first a session to begin with, when there is one already
   * @throws {OrmutexError} `LOCK_TIMEOUT`, `LOCK_FAILED`, `LOCK_DEADLOCK`, `LOCK_UNSUPPORTED`; or the signal's reason
   */
  async withLocks(first?: S): Promise<{ readonly session: S; readonly granted: Granted }> {
    const { slots } = this.#context
    const { mayWait, patience, target } = this.#call
    // A holder waits for this call, so holding it back until others have been served could hold everything back.
    let slot: Slot | null = isInsideHeldLock() ? NO_SLOT_NEEDED : mayWait ? slots.tryTake() : null
    let lostSessions = 0
    let probes = 0
    let session = first
    try {
      for (;;) {
        session ??= await this.#open(lostSessions)
        let answer: Granted | Refused
        try {
          answer = await this.#ask(session, slot !== null && mayWait)
        } catch (error) {
          // With an unsupported server nothing was left; any other failure leaves the session in doubt.
          if (error instanceof LockUnsupportedError) await this.#leave(session)
          else session.destroy()
          if (!(error instanceof SessionLostError))
            throw await this.#call.translate(error, () => this.#call.localHolder())
          session = undefined
          lostSessions += 1
          if (!mayWait && lostSessions >= LOST_SESSIONS_WITHOUT_DEADLINE) throw noSession(target.title, error.cause)
          continue
        }
        if (answer.granted) return { session, granted: answer }
        if (!mayWait || patience.isSpent) throw await this.#refused(session, answer.key)
        await this.#leave(session)
        session = undefined
        if (slot === null)
          slot = await this.#waitForSlot(PROBE_DELAYS_MS[Math.min(probes++, PROBE_DELAYS_MS.length - 1)]!)
      }
    } finally {
      slot?.free()
    }
  }

  #open(lostSessions: number): Promise<S> {
    return this.#call.open(
      lostSessions,
      () => this.#context.open(),
      (late) => void late.close(),
    )
  }

  async #ask(session: S, mayWait: boolean): Promise<Granted | Refused> {
    const { clock } = this.#context
    const { keys, orphanTimeoutMs, patience } = this.#call
    // Before the lock is asked for: a waiter that was cut off is granted it, too.
    if (orphanTimeoutMs !== undefined) await patience.waitForAnswer(session.boundOrphan(orphanTimeoutMs), () => {})
    const stopRenewing = renewWhileWaiting(session, clock)
    this.#context.queue.noteAsked(keys, Infinity)
    try {
      return await ask({ session, keys, patience, mayWait, expendable: true })
    } finally {
      this.#context.queue.noteAsked(keys, clock.now())
      stopRenewing()
    }
  }

  async #waitForSlot(ms: number): Promise<Slot | null> {
    try {
      return await this.#context.slots.takeWithin(ms, this.#call.patience)
    } catch (error) {
      throw await this.#call.translate(error, () => this.#call.peek(this.#call.keys[0]!))
    }
  }

  async #refused(session: S, key: string): Promise<unknown> {
    const local = this.#call.localHolder(key)
    const holder = await this.#call.lookAndLeave(session, key, () => session.close())
    return this.#call.refusal(mergeHolder(holder, local))
  }

  /** Hands a session back, and does not wait for long: a caller's time is up, or needed for something else. */
  async #leave(session: S): Promise<void> {
    await this.#call.shortly(session.close())
  }
}

/** A lease runs on while its session waits. */
function renewWhileWaiting(session: LockSession, clock: Clock): () => void {
  const everyMs = session.renewEveryMs
  if (everyMs === null) return () => {}
  let timer: Timer
  const renewSoon = (): void => {
    timer = clock.after(everyMs, () => {
      renewSoon()
      // A session that is gone tells so itself.
      session.renew().catch(() => {})
    })
  }
  renewSoon()
  return () => timer.stop()
}
