import type { Clock, Timer } from './clock.js'

/** Something that is due at a time, unless it is stopped before. */
interface Due extends Timer {
  readonly at: number
  readonly callback: () => void
}

/**
 * One timer for everything that rarely comes to be due: sessions that are pinged when they were idle for long, releases that are
 * given up. Starting and stopping costs an entry in a set; the one timer behind it is only ever moved forward, and never keeps the
 * process alive.
 */
export class SharedTimer {
  readonly clock: Clock
  readonly #dues = new Set<Due>()
  #armed: Timer | undefined
  #armedFor = Infinity

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Calls back once after `ms`; `Infinity` never calls. */
  after(ms: number, callback: () => void): Timer {
    if (ms === Infinity) return NEVER
    const due: Due = { at: this.clock.now() + ms, callback, stop: () => this.#dues.delete(due) }
    this.#dues.add(due)
    if (due.at < this.#armedFor) this.#arm(due.at)
    return due
  }

  #arm(at: number): void {
    this.#armed?.stop()
    this.#armedFor = at
    this.#armed = this.clock.after(Math.max(0, at - this.clock.now()), () => this.#fire(), { keepsProcessAlive: false })
  }

  #fire(): void {
    this.#armed = undefined
    this.#armedFor = Infinity
    // A timer may fire a fraction of a millisecond early.
    const now = this.clock.now() + 1
    for (const due of this.#dues) {
      if (due.at > now) continue
      this.#dues.delete(due)
      due.callback()
    }
    let next = Infinity
    for (const { at } of this.#dues) next = Math.min(next, at)
    if (next < this.#armedFor) this.#arm(next)
  }
}

const NEVER: Timer = { stop() {} }
