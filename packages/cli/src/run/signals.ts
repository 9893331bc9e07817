import { constants } from 'node:os'

/** Everything by which a process is told something from outside, as far as it can be caught. */
const RELAYED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

/** A signal came while there was nobody to hand it to. */
export class InterruptedError extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super(`Interrupted by ${signal}`)
    this.name = 'InterruptedError'
  }
}

/** What the process is sent from now on goes to the command, once there is one; before, it ends the wait. */
export class SignalRelay {
  readonly #interruption = new AbortController()
  #target: ((signal: NodeJS.Signals) => void) | undefined

  constructor() {
    for (const signal of RELAYED) process.on(signal, () => this.#receive(signal))
  }

  /** Aborts with an `InterruptedError`. */
  get interruption(): AbortSignal {
    return this.#interruption.signal
  }

  /** @throws {InterruptedError} when a signal has come before */
  relayTo(target: (signal: NodeJS.Signals) => void): void {
    this.#interruption.signal.throwIfAborted()
    this.#target = target
  }

  #receive(signal: NodeJS.Signals): void {
    if (this.#target === undefined) this.#interruption.abort(new InterruptedError(signal))
    else this.#target(signal)
  }
}

/** What shells make of a death by a signal. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
