import type { Socket } from 'node:net'

type Step = () => Promise<unknown> | void

/** Bytes that may wait in a lane before its source is read no further. */
const HIGH_WATER_BYTES = 1024 * 1024

/** One direction of a connection: what is on its way from `source` to `target`, strictly in order. */
export class Lane {
  readonly #source: Socket
  readonly #target: Socket
  readonly #onFailure: (error: Error) => void
  readonly #steps: Step[] = []
  #waitingBytes = 0
  #busy = false
  #frozen = false
  #ended = false

  constructor(source: Socket, target: Socket, onFailure: (error: Error) => void) {
    this.#source = source
    this.#target = target
    this.#onFailure = onFailure
  }

  /** Runs `step` once everything before it has gone; at once, if nothing is waiting. */
  push(step: Step): void {
    this.#steps.push(step)
    this.#advance()
  }

  write(bytes: Buffer): void {
    this.#waitingBytes += bytes.length
    this.push(() => {
      this.#waitingBytes -= bytes.length
      if (this.#target.destroyed || this.#target.write(bytes)) return
      return new Promise((resolve) => this.#target.once('drain', resolve))
    })
    if (this.#waitingBytes > HIGH_WATER_BYTES) this.#source.pause()
  }

  freeze(): void {
    this.#frozen = true
  }

  thaw(): void {
    this.#frozen = false
    this.#advance()
  }

  /** Drops what is waiting and whatever is pushed from now on. */
  end(): void {
    this.#ended = true
    this.#steps.length = 0
  }

  #advance(): void {
    while (!this.#busy && !this.#frozen && !this.#ended) {
      const step = this.#steps.shift()
      if (step === undefined) break
      const result = step()
      if (result === undefined) continue
      this.#busy = true
      result.then(
        () => {
          this.#busy = false
          this.#advance()
        },
        (error: Error) => {
          if (!this.#ended) this.#onFailure(error)
        },
      )
    }
    if (this.#source.isPaused() && this.#waitingBytes <= HIGH_WATER_BYTES) this.#source.resume()
  }
}
