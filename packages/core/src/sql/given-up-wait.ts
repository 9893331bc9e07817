import type { Cancelling } from './bystander.js'

/**
 * How long a joined wait that was given up may go on, in milliseconds, before its connection is closed instead, and the
 * transaction with it; looked at again and again while the server is still busy with something else of the transaction.
 * Cancelling takes a connection of the pool and three round trips; what is granted meanwhile is released before anything else
 * is asked for.
 */
const CANCEL_MS = 2_000

/** A wait at the server that nobody waits for any more, and that is to end while its connection lives on. */
export class GivenUpWait {
  readonly #cancel: (isStillWaiting: () => boolean) => Cancelling
  readonly #close: (cause: Error) => void
  #cancelling!: Cancelling
  #closing: NodeJS.Timeout | undefined
  #isOver = false

  /**
   * @param cancel see `Bystander.cancelWait`
   * @param close closes the connection, when nothing else has ended the wait
   */
  constructor(cancel: (isStillWaiting: () => boolean) => Cancelling, close: (cause: Error) => void) {
    this.#cancel = cancel
    this.#close = close
    this.#end()
  }

  /** Resolves when what was sent to end it has arrived, and cannot hit anything that is sent from then on. */
  get underway(): Promise<void> | undefined {
    return this.#cancelling.underway
  }

  /** It was answered. */
  over(): void {
    this.#isOver = true
    clearTimeout(this.#closing)
  }

  #end(): void {
    this.#cancelling = this.#cancel(() => !this.#isOver)
    this.#closing = setTimeout(() => {
      // Behind a slow statement of the transaction's own there is nothing to end yet, and the transaction is not to suffer.
      if (this.#cancelling.isQueued) this.#end()
      else this.#close(new Error('A wait that was given up could not be ended'))
    }, CANCEL_MS)
  }
}
