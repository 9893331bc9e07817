import type { Clock, Timer } from '@ormutex/core'

interface Due {
  readonly at: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0
  readonly #timers = new Set<Due>()

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): Timer {
    if (ms === Infinity) return { stop() {} }
    const timer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return { stop: () => void this.#timers.delete(timer) }
  }

  /** Timers that are armed. */
  get armed(): number {
    return this.#timers.size
  }

  /** Lets up to `ms` pass, no further than to the first timer, which fires; false when none was due by then. */
  step(ms: number): boolean {
    const due = this.#firstDue(this.#now + ms)
    if (due !== undefined) this.#fire(due)
    else if (ms !== Infinity) this.#now += ms
    return due !== undefined
  }

  /** Lets time pass, timer by timer, and lets promises settle in between. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      await settle()
      const due = this.#firstDue(until)
      if (due === undefined) break
      this.#fire(due)
    }
    this.#now = until
    await settle()
  }

  #firstDue(until: number): Due | undefined {
    return [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
  }

  #fire(due: Due): void {
    this.#timers.delete(due)
    this.#now = due.at
    due.callback()
  }
}

/** Until everything that can go on without time has gone on. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
}
