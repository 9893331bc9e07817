import type { LockSession } from './backend.js'
import type { Timer } from './clock.js'
import type { SharedTimer } from './shared-timer.js'

/** A session that may be orphaned is renewed three times in its time, so that one lost answer does not cost the lock. */
const ORPHAN_RENEWAL_SHARE = 1 / 3

/** Shortest time in milliseconds that a sign of life is waited for. */
const ANSWER_PATIENCE_MS = 1_000

/** Keeps a session that holds locks alive: asks it for a sign of life when it was idle for long, and tells when none comes. */
export class Renewal {
  readonly #timer: SharedTimer
  readonly #session: LockSession
  readonly #ours: boolean
  readonly #lost: (cause: unknown) => void
  #everyMs = Infinity
  #orphanMs = Infinity
  #next: Timer | undefined
  #over = false

  /**
   * @param ours true when nobody but us sends anything on the session, so that no sign of life means that it is gone
   * @param lost called when it is gone
   */
  constructor(timer: SharedTimer, session: LockSession, ours: boolean, lost: (cause: unknown) => void) {
    this.#timer = timer
    this.#session = session
    this.#ours = ours
    this.#lost = lost
    this.every(session.renewEveryMs ?? 0)
  }

  /** Asks at least so often from now on, in milliseconds; 0 asks for nothing. */
  every(ms: number): void {
    if (this.#over || ms === 0 || ms >= this.#everyMs) return
    this.#everyMs = ms
    this.#next?.stop()
    this.#arm()
  }

  /** Asks in time for a server that gives a silent session up after `ms`. */
  everyOrphan(ms: number): void {
    this.#orphanMs = Math.min(this.#orphanMs, ms)
    this.every(ms * ORPHAN_RENEWAL_SHARE)
  }

  stop(): void {
    this.#over = true
    this.#next?.stop()
  }

  #arm(): void {
    this.#next = this.#timer.after(this.#everyMs, () => this.#renew())
  }

  #renew(): void {
    let answered = false
    this.#session.renew().then(
      () => {
        answered = true
        if (this.#over) return
        this.#next?.stop()
        this.#arm()
      },
      (cause: unknown) => {
        if (!this.#over) this.#lost(cause)
      },
    )
    if (!this.#ours) return
    // Until the server would give the session up, or long enough for any server that is alive.
    const patienceMs = Math.min(Math.max(this.#everyMs, ANSWER_PATIENCE_MS), this.#orphanMs - this.#everyMs)
    const giveUp = (): void => {
      if (!answered && !this.#over)
        this.#lost(new Error(`The server gave no sign of life within ${Math.round(patienceMs)} ms`))
    }
    // After a busy spell of this process the answer may be there but not read yet: once more through the event loop.
    this.#next = this.#timer.after(patienceMs, () => setImmediate(() => setImmediate(giveUp)))
  }
}
