import type { Patience } from './patience.js'

/** A place at the head of a key's queue. `leave` lets the next one in; leaving twice does nothing. */
export interface Turn {
  leave(): void
}

/**
 * One queue per key inside this process, strictly first come first served, so that only the head of each queue costs a
 * connection. Says nothing about other processes: whoever is at the head still has to ask the server.
 */
export class LocalQueue {
  /** A key is here while somebody has its turn; the set holds those behind, in order. */
  readonly #lines = new Map<string, Set<() => void>>()

  /** Keys for which the one at the head asks the server at this moment. */
  readonly #asked = new Set<string>()

  /** Whether whoever is at the head of a key's queue has come to ask the server. */
  isAsked(key: string): boolean {
    return this.#asked.has(key)
  }

  setAsked(keys: readonly string[], asked: boolean): void {
    for (const key of keys) {
      if (asked) this.#asked.add(key)
      else this.#asked.delete(key)
    }
  }

  /** The turn at once, or `null` when somebody has it. */
  tryEnter(key: string): Turn | null {
    if (this.#lines.has(key)) return null
    this.#lines.set(key, new Set())
    return this.#turn(key)
  }

  /** The turn, as soon as everybody who came before has left. @throws {GaveUpError} */
  async enter(key: string, patience: Patience): Promise<Turn> {
    const line = this.#lines.get(key)
    if (line === undefined) return this.tryEnter(key)!
    let call!: () => void
    const called = new Promise<Turn>((resolve) => {
      call = () => resolve(this.#turn(key))
    })
    line.add(call)
    try {
      return await patience.wait(called, (turn) => turn.leave())
    } finally {
      line.delete(call)
    }
  }

  #turn(key: string): Turn {
    let left = false
    return {
      leave: () => {
        if (left) return
        left = true
        const line = this.#lines.get(key)!
        for (const call of line) {
          line.delete(call)
          return call()
        }
        this.#lines.delete(key)
      },
    }
  }
}
