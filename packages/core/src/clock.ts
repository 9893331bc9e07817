/** What ormutex needs of time. Everything time-dependent takes one, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds on a clock that never jumps. */
  now(): number
  /** Calls back once after `ms` (which may exceed what setTimeout can count). `Infinity` never calls. */
  after(ms: number, callback: () => void, options?: { keepsProcessAlive?: boolean }): Timer
}

/** A running timer. Stopping it twice, or after it has fired, does nothing. */
export interface Timer {
  stop(): void
}

/** setTimeout counts in 32 signed bits; above that it would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** The real clock: monotonic, so that a jump of the wall clock neither shortens nor stretches a wait. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback, options) {
    if (ms === Infinity) return { stop() {} }
    let handle: NodeJS.Timeout
    const arm = (left: number): void => {
      const step = Math.min(left, LONGEST_TIMEOUT_MS)
      handle = setTimeout(() => (left > step ? arm(left - step) : callback()), step)
      if (options?.keepsProcessAlive === false) handle.unref()
    }
    arm(ms)
    return { stop: () => clearTimeout(handle) }
  },
}
