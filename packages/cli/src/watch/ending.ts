import { exitCodeOf } from '../run/signals.js'

/** Signals that end a command which runs until it is told to. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Waits for the end of something that goes on until somebody ends it. */
export class Ending {
  readonly #controller = new AbortController()
  #exitCode = 0

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
  }

  /** Aborts when it is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** 0, or as in shells 128 and the signal's number. */
  get exitCode(): number {
    return this.#exitCode
  }

  /** @param signal what to end as if it had come */
  end(signal?: NodeJS.Signals): void {
    if (this.signal.aborted) return
    this.#exitCode = signal === undefined ? 0 : exitCodeOf(signal)
    this.#controller.abort()
  }

  /** Signals do again what they do by default. */
  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal)
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => this.end(signal)
}
