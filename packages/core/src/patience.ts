import { onAbort } from './abort-listeners.js'
import type { Clock, Timer } from './clock.js'

/** Why a call stopped waiting: its time ran out, or its signal was aborted (then with the signal's reason). */
export class GaveUpError extends Error {
  constructor(
    readonly why: 'timeout' | 'abort',
    readonly reason?: unknown,
  ) {
    super(`Gave up waiting: ${why}`)
    this.name = 'GaveUpError'
  }
}

/** See `isSpent`, in milliseconds: more than a round trip, a tenth of what a deadline may be off. */
const SPENT_MS = 5

/**
 * How long one call is willing to wait, from the call to the grant, whatever it waits for: a monotonic deadline and an
 * abort signal. `timeoutMs` 0 is no deadline but a promise of the caller's never to wait for the lock itself.
 */
export class Patience {
  readonly #clock: Clock
  readonly #startedAt: number
  readonly #deadline: number
  readonly #stopListening: (() => void) | undefined
  #cancelled: GaveUpError | null = null
  #giveUp: ((error: GaveUpError) => void) | null = null

  constructor(clock: Clock, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#deadline = timeoutMs === 0 ? Infinity : this.#startedAt + timeoutMs
    if (signal === undefined) return
    if (signal.aborted) throw signal.reason
    this.#stopListening = onAbort(signal, () => this.cancel(signal.reason))
  }

  /** Milliseconds since the call. */
  get waitedMs(): number {
    return this.#clock.now() - this.#startedAt
  }

  /** Milliseconds left, at least 0; `Infinity` without a deadline. */
  get remainingMs(): number {
    return Math.max(0, this.#deadline - this.#clock.now())
  }

  /** Whether so little time is left that asking again makes no sense: a refusal may come a little before our own deadline. */
  get isSpent(): boolean {
    return this.remainingMs <= SPENT_MS
  }

  /**
   * Waits for a promise as long as patience lasts, `graceMs` longer for an answer that is due at the deadline itself.
   * A value that comes after that goes to `late`; one call waits for one thing at a time.
   * @throws {GaveUpError}
   */
  wait<T>(promise: Promise<T>, late: (value: T) => void, graceMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      let over = false
      let timer: Timer | undefined
      const giveUp = (error: GaveUpError): void => {
        over = true
        this.#giveUp = null
        timer?.stop()
        reject(error)
      }
      promise.then(
        (value) => {
          if (over) return late(value)
          this.#giveUp = null
          timer?.stop()
          resolve(value)
        },
        (error: unknown) => {
          if (over) return
          this.#giveUp = null
          timer?.stop()
          reject(error)
        },
      )
      if (this.#cancelled !== null) return giveUp(this.#cancelled)
      this.#giveUp = giveUp
      if (this.#deadline !== Infinity) {
        timer = this.#clock.after(this.remainingMs + graceMs, () => giveUp(new GaveUpError('timeout')))
      }
    })
  }

  /** Sleeps for at most `ms`. @throws {GaveUpError} */
  sleep(ms: number): Promise<void> {
    let timer: Timer | undefined
    const slept = new Promise<void>((resolve) => {
      timer = this.#clock.after(ms, resolve)
    })
    return this.wait(slept, () => {}).finally(() => timer?.stop())
  }

  /** Gives up with a reason, as an abort of the signal does. */
  cancel(reason: unknown): void {
    this.#cancelled ??= new GaveUpError('abort', reason)
    this.#giveUp?.(this.#cancelled)
  }

  /** Lets go of the signal. */
  end(): void {
    this.#stopListening?.()
  }
}
