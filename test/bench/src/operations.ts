/** Operations of one process, each as four moments of the shared clock, in milliseconds. */
export class OperationLog {
  #values = new Float64Array(MOMENTS * 4_096)
  #length = 0

  add(asked: number, entered: number, left: number, done: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    const at = this.#length
    this.#values[at] = asked
    this.#values[at + 1] = entered
    this.#values[at + 2] = left
    this.#values[at + 3] = done
    this.#length += MOMENTS
  }

  /** For `operationsIn`, on the other side of a channel. */
  packed(): Float64Array {
    return this.#values.slice(0, this.#length)
  }
}

const MOMENTS = 4

export interface Operation {
  asked: number
  /** When it had the lock. */
  entered: number
  /** When it was about to give the lock back. */
  left: number
  /** When giving back had been answered. */
  done: number
}

export function operationsIn(packed: Float64Array): Operation[] {
  return Array.from({ length: packed.length / MOMENTS }, (_, index) => {
    const [asked, entered, left, done] = packed.subarray(index * MOMENTS, (index + 1) * MOMENTS)
    return { asked: asked!, entered: entered!, left: left!, done: done! }
  })
}

/** Two that were inside at once, if there were: the lock has failed then. */
export function overlapIn(operations: readonly Operation[]): [Operation, Operation] | undefined {
  const inOrder = operations.toSorted((a, b) => a.entered - b.entered)
  const second = inOrder.findIndex((operation, index) => index > 0 && operation.entered < inOrder[index - 1]!.left)
  return second === -1 ? undefined : [inOrder[second - 1]!, inOrder[second]!]
}
