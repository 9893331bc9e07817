import type { Socket } from 'node:net'

type Action = () => Promise<unknown> | void

interface Step {
  readonly run: Action
  /** By `performance.now()`; 0 for at once. */
  readonly dueAt: number
}

/** Bytes that may wait in a lane before its source is read no further. */
const HIGH_WATER_BYTES = 1024 * 1024

/** One direction of a connection: what is on its way from `source` to `target`, strictly in order. */
export class Lane {
  readonly #source: Socket
  readonly #target: Socket
  readonly #onFailure: (error: Error) => void
  readonly #steps: Step[] = []
  #waitingBytes = 0
  #latencyMs = 0
  #alarm: NodeJS.Timeout | undefined
  #busy = false
  #frozen = false
  #ended = false

  constructor(source: Socket, target: Socket, onFailure: (error: Error) => void) {
    this.#source = source
    this.#target = target
    this.#onFailure = onFailure
  }

  /** Runs `action` once everything before it has gone and the latency is over; at once, if there is neither. */
  push(action: Action): void {
    if (this.#ended) return
    this.#steps.push({ run: action, dueAt: this.#latencyMs === 0 ? 0 : performance.now() + this.#latencyMs })
    this.#advance()
  }

  write(bytes: Buffer): void {
    this.#waitingBytes += bytes.length
    this.push(() => {
      this.#waitingBytes -= bytes.length
      if (this.#target.destroyed) return
      this.#gather()
      if (this.#target.write(bytes)) return
      return new Promise((resolve) => this.#target.once('drain', resolve))
    })
    if (this.#waitingBytes > HIGH_WATER_BYTES) this.#source.pause()
  }

  /** How much later than it could whatever is pushed from now on is run. */
  setLatency(ms: number): void {
    this.#latencyMs = ms
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
    clearTimeout(this.#alarm)
  }

  /** A reply is made of many packets; sent one by one, each would cost a call of the system and a segment. */
  #gather(): void {
    if (this.#target.writableCorked > 0) return
    this.#target.cork()
    process.nextTick(() => this.#target.uncork())
  }

  #advance(): void {
    while (!this.#busy && !this.#frozen && !this.#ended) {
      const step = this.#steps[0]
      if (step === undefined) break
      if (step.dueAt > 0 && this.#mustWait(step.dueAt)) break
      this.#steps.shift()
      const result = step.run()
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

  #mustWait(dueAt: number): boolean {
    const leftMs = dueAt - performance.now()
    if (leftMs <= 0) return false
    this.#alarm ??= setTimeout(() => {
      this.#alarm = undefined
      this.#advance()
    }, Math.ceil(leftMs))
    return true
  }
}
