import { onAbort } from './abort-listeners.js'
import type { Clock, Timer } from './clock.js'
import type { OrmutexError } from './errors.js'
import type { SharedTimer } from './shared-timer.js'

/**
 * Why a call stopped waiting: its time ran out, its signal was aborted (then with the signal's reason), or what it waits for was closed
 * under it (with an error of ours, which does not know the lock's name).
 */
export class GaveUpError extends Error {
  constructor(
    readonly why: 'timeout' | 'abort' | 'cancelled',
    readonly reason?: unknown,
  ) {
    super(`Gave up waiting: ${why}`)
    this.name = 'GaveUpError'
  }
}

/** One that waits, and is told when patience has run out. */
export interface Impatient {
  giveUp(why: GaveUpError): void
}

/** See `isSpent`, in milliseconds: more than a round trip, a tenth of what a deadline may be off. */
const SPENT_MS = 5

/**
 * How long one call is willing to wait, from the call to the grant, whatever it waits for: a monotonic deadline and an
 * abort signal. `timeoutMs` 0 is no deadline but a promise of the caller's never to wait for the lock itself.
 */
export class Patience {
  readonly #clock: Clock
  readonly #sharedTimer: SharedTimer
  /** When the call was made, by its clock. */
  readonly startedAt: number
  readonly #deadline: number
  /** See `waitForOpening`. */
  readonly #openingMs: number
  readonly #stopListening: (() => void) | undefined
  #cancelled: GaveUpError | null = null
  #waiting: Impatient | null = null
  #limit: Timer | undefined

  /** @param openingMs how long without a deadline `waitForOpening` waits */
  constructor(
    sharedTimer: SharedTimer,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    openingMs: number = Infinity,
  ) {
    const { clock } = sharedTimer
    this.#clock = clock
    this.#sharedTimer = sharedTimer
    this.startedAt = clock.now()
    this.#deadline = timeoutMs === 0 ? Infinity : this.startedAt + timeoutMs
    this.#openingMs = timeoutMs === 0 ? openingMs : Infinity
    if (signal === undefined) return
    if (signal.aborted) throw signal.reason
    this.#stopListening = onAbort(signal, () => this.#cancel(new GaveUpError('abort', signal.reason)))
  }

  /** Milliseconds since the call. */
  get waitedMs(): number {
    return this.#clock.now() - this.startedAt
  }

  /** Milliseconds left, at least 0; `Infinity` without a deadline. */
  get remainingMs(): number {
    return Math.max(0, this.#deadline - this.#clock.now())
  }

  /** Milliseconds since the deadline; 0 before it, and without one. */
  get overdueMs(): number {
    return Math.max(0, this.#clock.now() - this.#deadline)
  }

  /** Whether so little time is left that asking again makes no sense: a refusal may come a little before our own deadline. */
  get isSpent(): boolean {
    return this.remainingMs <= SPENT_MS
  }

  /** Begins to wait for something in this process; ends with `stopWaiting`, or with `giveUp`, which may be called at once. */
  startWaiting(waiting: Impatient): void {
    this.#start(waiting, this.#clock.after(this.remainingMs, this.#timeOut))
  }

  stopWaiting(): void {
    this.#waiting = null
    this.#limit?.stop()
  }

  /**
   * Waits for something in this process as long as patience lasts. A value that comes after that goes to `late`; one call waits for one
   * thing at a time.
   * @throws {GaveUpError}
   */
  wait<T>(promise: Promise<T>, late: (value: T) => void): Promise<T> {
    return this.#race(promise, late, this.#clock.after(this.remainingMs, this.#timeOut))
  }

  /**
   * The same for an answer of a server or a pool, `graceMs` longer for one that is due at the deadline itself. As a rule it comes long
   * before, so it has no timer of its own; what keeps the process alive is the connection.
   * @throws {GaveUpError}
   */
  waitForAnswer<T>(promise: Promise<T>, late: (value: T) => void, graceMs = 0): Promise<T> {
    return this.#race(promise, late, this.#sharedTimer.after(this.remainingMs + graceMs, this.#timeOut))
  }

  /**
   * The same for a session, of which a pool may have none to give: without a limit, those who hold all of them and ask for one more would
   * wait for each other for ever.
   * @throws {GaveUpError}
   */
  waitForOpening<T>(promise: Promise<T>, late: (value: T) => void): Promise<T> {
    const ms = Math.min(this.remainingMs, this.#openingMs)
    return this.#race(promise, late, this.#sharedTimer.after(ms, this.#timeOut))
  }

  /** Sleeps for at most `ms`. @throws {GaveUpError} */
  sleep(ms: number): Promise<void> {
    let timer: Timer | undefined
    const slept = new Promise<void>((resolve) => {
      timer = this.#clock.after(ms, resolve)
    })
    return this.wait(slept, () => {}).finally(() => timer?.stop())
  }

  /** Gives up because what is waited for was closed. */
  cancel(reason: OrmutexError): void {
    this.#cancel(new GaveUpError('cancelled', reason))
  }

  /** Lets go of the signal. */
  end(): void {
    this.#stopListening?.()
  }

  readonly #timeOut = (): void => this.#giveUp(new GaveUpError('timeout'))

  #cancel(why: GaveUpError): void {
    this.#cancelled ??= why
    this.#giveUp(this.#cancelled)
  }

  #giveUp(why: GaveUpError): void {
    const waiting = this.#waiting
    this.stopWaiting()
    waiting?.giveUp(why)
  }

  #start(waiting: Impatient, limit: Timer): void {
    this.#waiting = waiting
    this.#limit = limit
    if (this.#cancelled !== null) this.#giveUp(this.#cancelled)
  }

  #race<T>(promise: Promise<T>, late: (value: T) => void, limit: Timer): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Impatient = {
        giveUp: (why) => {
          reject(why)
          promise.then(late, ignore)
        },
      }
      promise.then(
        (value) => {
          if (this.#waiting !== waiting) return
          this.stopWaiting()
          resolve(value)
        },
        (error: unknown) => {
          if (this.#waiting !== waiting) return
          this.stopWaiting()
          reject(error)
        },
      )
      this.#start(waiting, limit)
    })
  }
}

function ignore(): void {}
