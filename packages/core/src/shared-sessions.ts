import type { LockSession } from './backend.js'
import type { OrmutexError } from './errors.js'
import { patiently } from './release-patiently.js'
import { SharedSession } from './shared-session.js'
import type { SharedTimer } from './shared-timer.js'

/** A session that is on its way, and those who wait for it. */
class Opening {
  isSettled = false
  readonly #waiting: ((outcome: { readonly shared: SharedSession } | { readonly error: unknown }) => void)[] = []

  /** What it comes to, entered. */
  entered(): Promise<SharedSession> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((outcome) => {
        if ('error' in outcome) return reject(outcome.error)
        outcome.shared.enter()
        resolve(outcome.shared)
      })
    })
  }

  /** All enter in one go, before any of them can leave. */
  resolve(shared: SharedSession): void {
    this.isSettled = true
    for (const tell of this.#waiting.splice(0)) tell({ shared })
  }

  reject(error: unknown): void {
    this.isSettled = true
    for (const tell of this.#waiting.splice(0)) tell({ error })
  }
}

/** The sessions that locks without a transaction share: as a rule one, however many locks there are. */
export class SharedSessions {
  readonly #timer: SharedTimer
  readonly #open: () => Promise<LockSession>
  /** Where further keys are asked for, by how long the server may keep them when the session is cut off. */
  readonly #current = new Map<number | undefined, SharedSession>()
  readonly #opening = new Map<number | undefined, Opening>()
  readonly #pioneers = new Set<number | undefined>()
  readonly #all = new Set<SharedSession>()

  constructor(timer: SharedTimer, open: () => Promise<LockSession>) {
    this.#timer = timer
    this.#open = open
  }

  /** The one that is open, entered for the caller; `undefined` when none is. */
  enterOpen(orphanTimeoutMs: number | undefined): SharedSession | undefined {
    const current = this.#current.get(orphanTimeoutMs)
    current?.enter()
    return current
  }

  /**
   * Whether the caller is to go ahead on a session of its own, which the others share once it is adopted: who is alone needs no
   * question more than its wait. True for one call at a time, which ends with `adopt` or `endPioneering`.
   */
  tryPioneering(orphanTimeoutMs: number | undefined): boolean {
    if (this.#pioneers.has(orphanTimeoutMs) || this.#opening.has(orphanTimeoutMs)) return false
    this.#pioneers.add(orphanTimeoutMs)
    return true
  }

  endPioneering(orphanTimeoutMs: number | undefined): void {
    this.#pioneers.delete(orphanTimeoutMs)
  }

  /** Opens one for all who ask meanwhile. Each gets it entered, and has to leave it. */
  enterNew(orphanTimeoutMs: number | undefined): Promise<SharedSession> {
    let opening = this.#opening.get(orphanTimeoutMs)
    if (opening === undefined) {
      opening = new Opening()
      this.#opening.set(orphanTimeoutMs, opening)
      void this.#openOne(orphanTimeoutMs, opening)
    }
    return opening.entered()
  }

  /** Takes over a session on which one call waited until it was granted. The call is its first user. */
  adopt(session: LockSession, orphanTimeoutMs: number | undefined): SharedSession {
    const shared = this.#share(session, orphanTimeoutMs)
    shared.enter()
    const opening = this.#opening.get(orphanTimeoutMs)
    // Who waits for another one to open need not; what is opened for them is handed back.
    if (opening !== undefined && this.#current.get(orphanTimeoutMs) === shared) {
      this.#opening.delete(orphanTimeoutMs)
      opening.resolve(shared)
    }
    return shared
  }

  /** See `SharedSession.endAs`. */
  async endAllAs(loss: OrmutexError): Promise<void> {
    await Promise.all([...this.#all].map((shared) => shared.endAs(loss)))
  }

  async #openOne(orphanTimeoutMs: number | undefined, opening: Opening): Promise<void> {
    try {
      const session = await this.#open()
      try {
        // Before any lock is asked for: the session may be cut off at any time.
        if (orphanTimeoutMs !== undefined) {
          await patiently(this.#timer, session, () => session.boundOrphan(orphanTimeoutMs))
        }
      } catch (error) {
        session.destroy()
        throw error
      }
      this.#endOpening(orphanTimeoutMs, opening)
      if (opening.isSettled) await session.close()
      else opening.resolve(this.#share(session, orphanTimeoutMs))
    } catch (error) {
      this.#endOpening(orphanTimeoutMs, opening)
      opening.reject(error)
    }
  }

  /** Those who ask from now on are not among those who wait for it. */
  #endOpening(orphanTimeoutMs: number | undefined, opening: Opening): void {
    if (this.#opening.get(orphanTimeoutMs) === opening) this.#opening.delete(orphanTimeoutMs)
  }

  #share(session: LockSession, orphanTimeoutMs: number | undefined): SharedSession {
    const shared = new SharedSession(this.#timer, session, (retired) => {
      if (this.#current.get(orphanTimeoutMs) === retired) this.#current.delete(orphanTimeoutMs)
      if (retired.isOver) this.#all.delete(retired)
    })
    // Lost before anybody could be told.
    if (shared.isOver) return shared
    this.#all.add(shared)
    if (!this.#current.has(orphanTimeoutMs)) this.#current.set(orphanTimeoutMs, shared)
    return shared
  }
}
