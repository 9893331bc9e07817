import { allOrNone, type Granted, type Refused } from './ask.js'
import type { LockSession } from './backend.js'
import { type HoldTimeoutError, LockUnsupportedError, type OrmutexError } from './errors.js'
import type { Hold } from './hold.js'
import type { CheckedWait } from './options.js'
import { GaveUpError, type Patience } from './patience.js'
import { Renewal } from './renewal.js'
import { lossOf } from './refusals.js'
import { closePatiently, releasePatiently } from './release-patiently.js'
import { Sequence } from './sequence.js'
import type { SharedTimer } from './shared-timer.js'

/** Given up before the server was asked: others had the session before. */
export class NotAskedError extends Error {
  constructor(override readonly cause: GaveUpError) {
    super('Gave up before the server was asked')
    this.name = 'NotAskedError'
  }
}

/** How far a question has come. */
class Question {
  isAsked = false
  isGivenUp = false
}

/**
 * A session on which nothing but locks is done, so that any number of them can share it: none waits there, each is released by
 * itself, and all are lost together. It is handed back as soon as nobody uses it.
 */
export class SharedSession {
  readonly session: LockSession
  readonly #timer: SharedTimer
  readonly #renewal: Renewal
  readonly #holds = new Set<Hold>()
  #stopListening: () => void = () => {}
  readonly #onRetire: (session: SharedSession) => void
  /** What becomes of holds that are put here when it is over. */
  #lossOf: ((hold: Hold) => OrmutexError) | undefined
  /** One after the other, so that a release never waits for more than one of them. */
  readonly #questions = new Sequence()
  #users = 0
  #over = false

  /** @param onRetire called when nothing more is to be asked for on it */
  constructor(timer: SharedTimer, session: LockSession, onRetire: (session: SharedSession) => void) {
    this.#timer = timer
    this.session = session
    this.#onRetire = onRetire
    this.#renewal = new Renewal(timer, session, true, (cause) => this.destroy(cause))
    const stopListening = session.onLost((cause) => this.destroy(cause))
    if (this.#over) stopListening()
    else this.#stopListening = stopListening
  }

  /** Keeps it open for one more call, until `leave`. */
  enter(): void {
    this.#users += 1
  }

  /** True once it is handed back, taken out or lost. */
  get isOver(): boolean {
    return this.#over
  }

  /** The counterpart of `enter`: for one that has no lock there. */
  leave(): Promise<void> | undefined {
    this.#users -= 1
    return this.#users === 0 ? this.#close() : undefined
  }

  /** Whether one user has it for itself. */
  get isAlone(): boolean {
    return this.#users === 1
  }

  /** Takes the session out for its one user, who can do with it what it likes. */
  takeOut(): LockSession {
    this.#stop()
    return this.session
  }

  /**
   * Asks for keys without waiting for them, all or none, one call after the other. Who is rejected has left; what was granted too late is
   * given back, and what was given up before it was sent is not asked for.
   * @throws {GaveUpError | NotAskedError}
   * @throws whatever `LockSession.acquire` throws
   */
  async ask(keys: readonly string[], patience: Patience): Promise<Granted | Refused> {
    const question = new Question()
    const answer = this.#ask(keys, question)
    try {
      return await patience.waitForAnswer(answer, () => {})
    } catch (error) {
      if (error instanceof GaveUpError) {
        question.isGivenUp = true
        if (question.isAsked) void this.#settleLate(keys, answer)
        else
          answer.then(
            () => void this.leave(),
            () => void this.leave(),
          )
        throw question.isAsked ? error : new NotAskedError(error)
      }
      if (error instanceof LockUnsupportedError || !this.isAlone) void this.leave()
      // Any other failure leaves it in doubt, which is for nobody else to share.
      else this.destroy(error)
      throw error
    }
  }

  /** Puts a granted hold under the session's care, which counts as one user until it is over. */
  add(hold: Hold, wait: CheckedWait): void {
    // It may have ended between the grant and now.
    if (this.#lossOf !== undefined) return hold.lose(this.#lossOf(hold))
    this.#holds.add(hold)
    hold.limit(wait.holdTimeoutMs, (error) => void this.#expire(hold, error))
    this.#renewal.every(wait.keepAliveMs)
    if (wait.orphanTimeoutMs !== undefined) this.#renewal.everyOrphan(wait.orphanTimeoutMs)
  }

  /** Ends a hold whose keys now belong to another one on this same session. */
  replace(hold: Hold): void {
    this.#holds.delete(hold)
    hold.finish()
  }

  /** Releases what one hold has; when that fails the session is destroyed, which releases it, too. */
  async release(hold: Hold): Promise<void> {
    hold.stopLimit()
    // Its owner is through with it: a session that is gone now is no loss any more.
    this.#holds.delete(hold)
    await this.#releaseKeys(hold.keys)
    hold.finish()
    await this.leave()
  }

  /** Releases everything at once; to the holders it is a loss: they did not ask for it. */
  async endAs(error: OrmutexError): Promise<void> {
    if (this.#over) return
    const keys = [...this.#holds].flatMap((hold) => hold.keys)
    // What is being asked for, or handed on, at this moment nobody could release later.
    const isInDoubt = this.#users > this.#holds.size
    this.#end(() => error)
    if (isInDoubt) return this.session.destroy()
    try {
      await releasePatiently(this.#timer, this.session, keys)
      await closePatiently(this.#timer, this.session)
    } catch {
      this.session.destroy()
    }
  }

  /** Destroys the session; whatever is held on it is lost. */
  destroy(cause: unknown): void {
    if (this.#over) return
    this.session.destroy()
    this.#end(({ target }) => lossOf([target.title], cause))
  }

  async #ask(keys: readonly string[], question: Question): Promise<Granted | Refused> {
    const turn = this.#questions.enter()
    if (turn !== undefined) await turn
    try {
      if (question.isGivenUp) return { granted: false, key: keys[0]! }
      question.isAsked = true
      return await allOrNone(
        keys,
        (key) => this.session.acquire(key, 0),
        (held) => this.#releaseKeys(held),
      )
    } finally {
      this.#questions.leave()
    }
  }

  /** Meanwhile the next one may ask for the same keys, and would be granted on this session what it already holds. */
  async #settleLate(keys: readonly string[], answer: Promise<Granted | Refused>): Promise<void> {
    this.#onRetire(this)
    const late = await answer.catch(() => undefined)
    if (late?.granted === true) await this.#releaseKeys(keys)
    await this.leave()
  }

  async #releaseKeys(keys: readonly string[]): Promise<void> {
    if (this.#over || keys.length === 0) return
    try {
      await releasePatiently(this.#timer, this.session, keys)
    } catch (error) {
      this.destroy(error)
    }
  }

  async #expire(hold: Hold, error: HoldTimeoutError): Promise<void> {
    if (hold.isOver) return
    this.#holds.delete(hold)
    // Sent before the next one in the queue can ask, and so answered before.
    const released = this.#releaseKeys(hold.keys)
    hold.lose(error)
    await released
    await this.leave()
  }

  #end(loss: (hold: Hold) => OrmutexError): void {
    this.#lossOf = loss
    this.#stop()
    for (const hold of this.#holds) hold.lose(loss(hold))
  }

  async #close(): Promise<void> {
    if (this.#over) return
    this.#stop()
    await closePatiently(this.#timer, this.session)
  }

  #stop(): void {
    if (this.#over) return
    this.#over = true
    this.#renewal.stop()
    this.#stopListening()
    this.#onRetire(this)
  }
}
