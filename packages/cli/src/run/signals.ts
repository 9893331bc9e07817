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
    for (const name of RELAYED) process.on(name, () => this.#receive(name))
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

  /** There is nobody any more to hand it to: from now on it ends this wait. @throws {InterruptedError} */
  interruptible<T>(wait: Promise<T>): Promise<T> {
    this.#target = undefined
    const { interruption } = this
    const interrupted = new Promise<never>((_, reject) => {
      interruption.addEventListener('abort', () => reject(interruption.reason as InterruptedError), { once: true })
    })
    return Promise.race([wait, interrupted])
  }

  #receive(name: NodeJS.Signals): void {
    if (this.#target === undefined) this.#interruption.abort(new InterruptedError(name))
    else this.#target(name)
  }
}

/** What became of a signal; `refused`: the process is there, and another account's. */
export type Signalled = 'sent' | 'refused' | 'gone'

/** Sends a signal to a process or, by the negative of its id, to a group; 0 only looks whether there is one. */
export function sendSignal(target: number, name: NodeJS.Signals | 0): Signalled {
  try {
    process.kill(target, name)
    return 'sent'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'refused' : 'gone'
  }
}

/** What shells make of a death by a signal. */
export function exitCodeOf(name: NodeJS.Signals): number {
  return 128 + constants.signals[name]
}
