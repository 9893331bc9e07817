import { type InLine, Line } from './line.js'
import type { GaveUpError, Impatient, Patience } from './patience.js'
import type { Tenure } from './tenure.js'

/** A place at the head of a key's queue. */
export interface Turn<S> {
  /** What the one before has left to this one. */
  readonly tenure: Tenure<S> | undefined
  /** Lets the next one in, and leaves it a tenure if there is one. Leaving twice does nothing. */
  leave(tenure?: Tenure<S>): void
}

/** One that waits in a line. */
class Waiter<Heir, S> implements Impatient, InLine<Waiter<Heir, S>> {
  before: Waiter<Heir, S> | undefined
  behind: Waiter<Heir, S> | undefined
  readonly heir: Heir
  readonly #patience: Patience
  readonly #line: Line<Waiter<Heir, S>>
  readonly #resolve: (turn: Turn<S>) => void
  readonly #reject: (error: unknown) => void

  constructor(
    line: Line<Waiter<Heir, S>>,
    heir: Heir,
    patience: Patience,
    resolve: (turn: Turn<S>) => void,
    reject: (error: unknown) => void,
  ) {
    this.heir = heir
    this.#patience = patience
    this.#line = line
    this.#resolve = resolve
    this.#reject = reject
    line.push(this)
    patience.startWaiting(this)
  }

  call(turn: Turn<S>): void {
    this.#line.remove(this)
    this.#patience.stopWaiting()
    this.#resolve(turn)
  }

  giveUp(why: GaveUpError): void {
    this.#line.remove(this)
    this.#reject(why)
  }
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
  readonly #lines = new Map<string, Line<Waiter<Heir, S>> | null>()

  /** Until when the server was asked for a key by whoever was at the head; `Infinity` while it is. */
  readonly #askedUntil = new Map<string, number>()

  /** Whether the server was asked for a key at any time since then, by the clock of `noteAsked`. */
  wasAskedSince(key: string, time: number): boolean {
    return (this.#askedUntil.get(key) ?? -Infinity) >= time
  }

  /** @param until when that ended; `Infinity` when it begins */
  noteAsked(keys: readonly string[], until: number): void {
    for (const key of keys) if (this.#lines.has(key)) this.#askedUntil.set(key, until)
  }

  /** The turn at once, or `null` when somebody has it. */
  tryEnter(key: string): Turn<S> | null {
    if (this.#lines.has(key)) return null
    this.#lines.set(key, null)
    return new KeyTurn(this.#lines, this.#askedUntil, key, undefined)
  }

  /** The turn, as soon as everybody who came before has left. Rejects with a `GaveUpError`. */
  enter(key: string, patience: Patience, heir: Heir): Promise<Turn<S>> {
    const free = this.tryEnter(key)
    if (free !== null) return Promise.resolve(free)
    let line = this.#lines.get(key)
    if (line === null || line === undefined) {
      line = new Line()
      this.#lines.set(key, line)
    }
    const waiters = line
    return new Promise((resolve, reject) => void new Waiter(waiters, heir, patience, resolve, reject))
  }

  /** Who is next when the one at the head leaves; `undefined` when nobody waits. */
  next(key: string): Heir | undefined {
    return this.#lines.get(key)?.first?.heir
  }
}

/** See `LocalQueue`; whatever is known of those who wait. */
type Lines<S> = Map<string, { readonly first: Pick<Waiter<unknown, S>, 'call'> | undefined } | null>

class KeyTurn<S> implements Turn<S> {
  readonly #lines: Lines<S>
  readonly #askedUntil: Map<string, number>
  readonly #key: string
  readonly tenure: Tenure<S> | undefined
  #left = false

  constructor(lines: Lines<S>, askedUntil: Map<string, number>, key: string, tenure: Tenure<S> | undefined) {
    this.#lines = lines
    this.#askedUntil = askedUntil
    this.#key = key
    this.tenure = tenure
  }

  leave(tenure?: Tenure<S>): void {
    if (this.#left) return
    this.#left = true
    const next = this.#lines.get(this.#key)?.first
    if (next === undefined) {
      this.#lines.delete(this.#key)
      this.#askedUntil.delete(this.#key)
    } else next.call(new KeyTurn(this.#lines, this.#askedUntil, this.#key, tenure))
  }
}
