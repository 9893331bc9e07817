import { type InLine, Line } from './line.js'

class Waiting implements InLine<Waiting> {
  before: Waiting | undefined
  behind: Waiting | undefined

  constructor(readonly call: () => void) {}
}

/** Lets one after the other go ahead, in the order in which they came. Who finds nobody ahead need not wait at all. */
export class Sequence {
  readonly #waiting = new Line<Waiting>()
  #isBusy = false

  /** Whether somebody is under way. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** `undefined` when it is the caller's turn at once. Each has to leave. */
  enter(): Promise<void> | undefined {
    if (this.#isBusy) return new Promise((resolve) => this.#waiting.push(new Waiting(resolve)))
    this.#isBusy = true
    return undefined
  }

  leave(): void {
    const next = this.#waiting.first
    if (next === undefined) {
      this.#isBusy = false
      return
    }
    this.#waiting.remove(next)
    next.call()
  }

  /** Resolves when all who have come so far have left. */
  async ended(): Promise<void> {
    await this.enter()
    this.leave()
  }
}
