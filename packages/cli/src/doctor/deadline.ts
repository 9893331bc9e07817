/** What is waited for has taken too long. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** One limit for everything that is waited for under it. */
export class Deadline {
  readonly #expired: Promise<never>
  #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number) {
    this.#expired = new Promise((_, reject) => {
      // Longer than a timer can be is for ever.
      if (timeoutMs < 2 ** 31) this.#timer = setTimeout(() => reject(new DeadlineError()), timeoutMs)
    })
    this.#expired.catch(() => {})
  }

  /** @throws {DeadlineError} when it has passed before the answer is there */
  race<T>(answer: Promise<T>): Promise<T> {
    // What comes too late may fail unheard.
    answer.catch(() => {})
    return Promise.race([answer, this.#expired])
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
