/** What ormutex needs of time. Everything time-dependent takes one, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds on a clock that never jumps, counted from any moment. */
  now(): number
  /**
   * Calls back once.
   * @param ms in milliseconds, 0 or more, also more than setTimeout can count; `Infinity` never calls
   * @param callback must not throw
   * @param options `keepsProcessAlive` (default true): whether the process stays up for it
   */
  after(ms: number, callback: () => void, options?: { keepsProcessAlive?: boolean }): Timer
}

/** A running timer. Stopping it twice, or after it has fired, does nothing. */
export interface Timer {
  /** Has it never call back. */
  stop(): void
}

/** setTimeout counts in 32 signed bits; above that it would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** A timeout of Node's, of any length. */
class SystemTimer implements Timer {
  readonly #callback: () => void
  readonly #keepsProcessAlive: boolean
  #handle: NodeJS.Timeout

  constructor(ms: number, callback: () => void, keepsProcessAlive: boolean) {
    this.#callback = callback
    this.#keepsProcessAlive = keepsProcessAlive
    this.#handle = this.#arm(ms)
  }

  stop(): void {
    clearTimeout(this.#handle)
  }

  #arm(ms: number): NodeJS.Timeout {
    const handle =
      ms <= LONGEST_TIMEOUT_MS
        ? setTimeout(this.#callback, ms)
        : setTimeout(() => this.#armAgain(ms), LONGEST_TIMEOUT_MS)
    return this.#keepsProcessAlive ? handle : handle.unref()
  }

  #armAgain(ms: number): void {
    this.#handle = this.#arm(ms - LONGEST_TIMEOUT_MS)
  }
}

const NEVER: Timer = { stop() {} }

/** The real clock: monotonic, so that a jump of the wall clock neither shortens nor stretches a wait. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, callback, options) =>
    ms === Infinity ? NEVER : new SystemTimer(ms, callback, options?.keepsProcessAlive !== false),
}
