/** One that stands in a line. */
export interface InLine<T> {
  before: T | undefined
  behind: T | undefined
}

/**
 * Those who wait, first come first served, whoever leaves in between. A set would do, but for its cost: what was taken from the front of
 * a large one is skipped again and again.
 */
export class Line<T extends InLine<T>> {
  #first: T | undefined
  #last: T | undefined

  get first(): T | undefined {
    return this.#first
  }

  /** At the end. */
  push(one: T): void {
    one.before = this.#last
    if (this.#last === undefined) this.#first = one
    else this.#last.behind = one
    this.#last = one
  }

  /** Takes one out that stands here. */
  remove(one: T): void {
    const { before, behind } = one
    if (before === undefined) this.#first = behind
    else before.behind = behind
    if (behind === undefined) this.#last = before
    else behind.before = before
    one.before = undefined
    one.behind = undefined
  }
}
