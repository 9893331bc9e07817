import type { Patience } from './patience.js'
import type { Tenure } from './tenure.js'

/** A place at the head of a key's queue. */
export interface Turn<S> {
  /** What the one before has left to this one. */
  readonly tenure: Tenure<S> | undefined
  /** Lets the next one in, and leaves it a tenure if there is one. Leaving twice does nothing. */
  leave(tenure?: Tenure<S>): void
}

/** One that waits in a line. */
interface Waiter<Heir, S> {
  readonly heir: Heir
  call(turn: Turn<S>): void
}

/**
 * One queue per key inside this process, strictly first come first served, so that only the head of each queue costs a
 * connection. Says nothing about other processes: whoever is at the head still has to ask the server, unless the one before
 * leaves it what the server granted.
 *
 * @typeParam Heir what is known of those who wait
 */
export class LocalQueue<Heir, S> {
  /** A key is here while somebody has its turn, with those behind, in order, once there are any. */
  readonly #lines = new Map<string, Set<Waiter<Heir, S>> | null>()

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
  tryEnter(key: string): Turn<S> | null {
    if (this.#lines.has(key)) return null
    this.#lines.set(key, null)
    return new KeyTurn(this.#lines, key, undefined)
  }

  /**
   * The turn, as soon as everybody who came before has left.
   * @param late gets a turn that came when the caller had given up already
   * @throws {GaveUpError}
   */
  async enter(
    key: string,
    patience: Patience,
    heir: Heir,
    late: (turn: Turn<S>) => void = (turn) => turn.leave(),
  ): Promise<Turn<S>> {
    const free = this.tryEnter(key)
    if (free !== null) return free
    let line = this.#lines.get(key)
    if (line === null || line === undefined) {
      line = new Set()
      this.#lines.set(key, line)
    }
    let waiter!: Waiter<Heir, S>
    const called = new Promise<Turn<S>>((resolve) => {
      waiter = { heir, call: resolve }
    })
    line.add(waiter)
    try {
      return await patience.wait(called, late)
    } finally {
      line.delete(waiter)
    }
  }

  /** Who is next when the one at the head leaves; `undefined` when nobody waits. */
  next(key: string): Heir | undefined {
    for (const { heir } of this.#lines.get(key) ?? []) return heir
    return undefined
  }
}

/** See `LocalQueue`; whatever is known of those who wait. */
type Lines<S> = Map<string, Set<Waiter<unknown, S>> | null>

class KeyTurn<S> implements Turn<S> {
  readonly #lines: Lines<S>
  readonly #key: string
  readonly tenure: Tenure<S> | undefined
  #left = false

  constructor(lines: Lines<S>, key: string, tenure: Tenure<S> | undefined) {
    this.#lines = lines
    this.#key = key
    this.tenure = tenure
  }

  leave(tenure?: Tenure<S>): void {
    if (this.#left) return
    this.#left = true
    const line = this.#lines.get(this.#key)
    for (const waiter of line ?? []) {
      line!.delete(waiter)
      return waiter.call(new KeyTurn(this.#lines, this.#key, tenure))
    }
    this.#lines.delete(this.#key)
  }
}
