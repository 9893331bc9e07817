/** Lets one after the other go ahead, in the order in which they came. Who finds nobody ahead need not wait at all. */
export class Sequence {
  readonly #waiting = new Set<() => void>()
  #isBusy = false

  /** Whether somebody is under way. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** `undefined` when it is the caller's turn at once. Each has to leave. */
  enter(): Promise<void> | undefined {
    if (this.#isBusy) return new Promise((resolve) => void this.#waiting.add(resolve))
    this.#isBusy = true
    return undefined
  }

  leave(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next)
      return next()
    }
    this.#isBusy = false
  }

  /** Resolves when all who have come so far have left. */
  async ended(): Promise<void> {
    await this.enter()
    this.leave()
  }
}
