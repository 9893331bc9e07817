import type { OrmutexError } from './errors.js'
import type { CheckedWait } from './options.js'
import { Patience } from './patience.js'
import type { SharedTimer } from './shared-timer.js'

/** The calls of one source that wait for something at this moment, all of which are given up when it is shut down. */
export class WaitingCalls {
  readonly #timer: SharedTimer
  readonly #openingMs: number
  readonly #waiting = new Set<Patience>()

  /** @param openingMs how long those without a deadline wait for a session, see `Patience` */
  constructor(timer: SharedTimer, openingMs: number) {
    this.#timer = timer
    this.#openingMs = openingMs
  }

  /** How long a call is willing to wait; ends with `end`. @throws the signal's reason */
  begin(wait: CheckedWait): Patience {
    const patience = new Patience(this.#timer, wait.timeoutMs, wait.signal, this.#openingMs)
    this.#waiting.add(patience)
    return patience
  }

  end(patience: Patience): void {
    this.#waiting.delete(patience)
    patience.end()
  }

  /** From the first to the last that a call waits for. */
  async during<T>(wait: CheckedWait, work: (patience: Patience) => Promise<T>): Promise<T> {
    const patience = this.begin(wait)
    try {
      return await work(patience)
    } finally {
      this.end(patience)
    }
  }

  /** Gives all of them up. */
  cancelAll(reason: OrmutexError): void {
    for (const patience of this.#waiting) patience.cancel(reason)
  }
}
