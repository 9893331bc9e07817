import { type InLine, Line } from './line.js'
import type { GaveUpError, Impatient, Patience } from './patience.js'
import type { Tenure } from './tenure.js'

/** What one leaves to the next. */
export interface Bequest<S> {
  readonly tenure: Tenure<S>
  /** The places at the heads of the queues of its other keys: nobody gets in between. */
  readonly turns: readonly Turn<S>[]
}

/** A place at the head of a key's queue. */
export interface Turn<S> {
  /** What the one before has left to this one. */
  readonly bequest: Bequest<S> | undefined
  /** Lets the next one in, and leaves it something if there is anything. Leaving twice does nothing. */
  leave(bequest?: Bequest<S>): void
  /** Gives the place away without calling the next in line; answers the receiver's turn. */
  cede(): Turn<S>
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

/** Those who wait for one key. */
class KeyLine<Heir, S> extends Line<Waiter<Heir, S>> {
  /** Until when the server was asked for it by whoever was at the head; `Infinity` while it is. */
  askedUntil = -Infinity
}

/**
 * One queue per key inside this process, strictly first come first served, so that only the head of each queue costs a
 * connection. Says nothing about other processes: whoever is at the head still has to ask the server, unless the one before
 * leaves it what the server granted.
 *
 * @typeParam Heir what is known of those who wait
 */
export class LocalQueue<Heir, S> {
  /** A key is here while somebody has its turn, with those behind. */
  readonly #lines = new Map<string, KeyLine<Heir, S>>()

  /** Whether the server was asked for a key at any time since then, by the clock of `noteAsked`. */
  wasAskedSince(key: string, time: number): boolean {
    const line = this.#lines.get(key)
    return line !== undefined && line.askedUntil >= time
  }

  /** @param until when that ended; `Infinity` when it begins */
  noteAsked(keys: readonly string[], until: number): void {
    for (const key of keys) {
      const line = this.#lines.get(key)
      if (line !== undefined) line.askedUntil = until
    }
  }

  /** The turn at once, or `null` when somebody has it. */
  tryEnter(key: string): Turn<S> | null {
    if (this.#lines.has(key)) return null
    const line = new KeyLine<Heir, S>()
    this.#lines.set(key, line)
    return new KeyTurn(line, undefined, () => this.#lines.delete(key))
  }

  /** The turn, as soon as everybody who came before has left. Rejects with a `GaveUpError`. */
  enter(key: string, patience: Patience, heir: Heir): Promise<Turn<S>> {
    const line = this.#lines.get(key)
    if (line === undefined) return Promise.resolve(this.tryEnter(key)!)
    return new Promise((resolve, reject) => void new Waiter(line, heir, patience, resolve, reject))
  }

  /** Who is next when the one at the head leaves; `undefined` when nobody waits. */
  next(key: string): Heir | undefined {
    return this.#lines.get(key)?.first?.heir
  }
}

class KeyTurn<S> implements Turn<S> {
  readonly bequest: Bequest<S> | undefined
  readonly #line: { readonly first: Pick<Waiter<unknown, S>, 'call'> | undefined }
  readonly #onEmpty: () => void
  #left = false

  /** @param onEmpty called when the turn is left and nobody is there to take it */
  constructor(
    line: { readonly first: Pick<Waiter<unknown, S>, 'call'> | undefined },
    bequest: Bequest<S> | undefined,
    onEmpty: () => void,
  ) {
    this.#line = line
    this.bequest = bequest
    this.#onEmpty = onEmpty
  }

  leave(bequest?: Bequest<S>): void {
    if (this.#left) return
    this.#left = true
    const next = this.#line.first
    if (next === undefined) this.#onEmpty()
    else next.call(new KeyTurn(this.#line, bequest, this.#onEmpty))
  }

  cede(): Turn<S> {
    this.#left = true
    return new KeyTurn(this.#line, undefined, this.#onEmpty)
  }
}
