import type { Clock } from './clock.js'
import type { Patience } from './patience.js'

/** The right to keep one connection waiting. `free` gives it back; freeing twice does nothing. */
export interface Slot {
  free(): void
}

/** For those who need no slot: a call inside a held lock's callback, whose holder waits for it. */
export const NO_SLOT_NEEDED: Slot = { free() {} }

/** Limits how many connections of a pool may sit waiting for locks at once, so that holders always find one. */
export class WaiterSlots {
  readonly #clock: Clock
  readonly #maxWaiters: number | undefined
  readonly #maxSessions: () => number | undefined
  readonly #waiting = new Set<(slot: Slot) => void>()
  #taken = 0

  /**
   * @param maxWaiters how many there are; by default half of the pool, so that holders find the rest
   * @param maxSessions the size of the pool; asked each time, since it may become known late
   */
  constructor(clock: Clock, maxWaiters: number | undefined, maxSessions: () => number | undefined) {
    this.#clock = clock
    this.#maxWaiters = maxWaiters
    this.#maxSessions = maxSessions
  }

  /** A slot at once, or `null` when all are taken. */
  tryTake(): Slot | null {
    if (this.#taken >= this.#limit) return null
    this.#taken += 1
    return this.#slot()
  }

  /** A slot within `ms`, first come first served, else `null`. @throws {GaveUpError} */
  async takeWithin(ms: number, patience: Patience): Promise<Slot | null> {
    const free = this.tryTake()
    if (free !== null) return free
    let call!: (slot: Slot | null) => void
    const called = new Promise<Slot | null>((resolve) => {
      call = resolve
    })
    this.#waiting.add(call)
    const timer = this.#clock.after(ms, () => {
      // Out of the line first: a slot handed to a call that was already told null would be lost.
      this.#waiting.delete(call)
      call(null)
    })
    try {
      return await patience.wait(called, (slot) => slot?.free())
    } finally {
      timer.stop()
      this.#waiting.delete(call)
    }
  }

  get #limit(): number {
    if (this.#maxWaiters !== undefined) return this.#maxWaiters
    const maxSessions = this.#maxSessions()
    return maxSessions === undefined ? 1 : Math.max(1, Math.floor(maxSessions / 2))
  }

  #slot(): Slot {
    let freed = false
    return {
      free: () => {
        if (freed) return
        freed = true
        for (const call of this.#waiting) {
          this.#waiting.delete(call)
          return call(this.#slot())
        }
        this.#taken -= 1
      },
    }
  }
}
