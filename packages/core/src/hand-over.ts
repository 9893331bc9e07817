import type { Session } from './backend.js'
import type { LocalQueue, Turn } from './local-queue.js'
import { SharedSession } from './shared-session.js'
import type { SharedTimer } from './shared-timer.js'
import type { Tenure } from './tenure.js'

/** One that waits in this process, and may come to have what another one held. */
export interface Heir<TxOptions extends object> {
  readonly keys: readonly string[]
  /** The options of the transaction that the keys are wanted for; `undefined` for none. */
  readonly purpose: TxOptions | undefined
  readonly orphanTimeoutMs: number | undefined
}

/** What has keys: a session for one transaction after the other, or one that locks without a transaction share. */
export type Holding<Tx, TxOptions extends object> = Session<Tx, TxOptions> | SharedSession

/** The queues of this process, in which tenures are left to those behind. */
export type HandOverQueue<Tx, TxOptions extends object> = LocalQueue<Heir<TxOptions>, Holding<Tx, TxOptions>>

/**
 * Hands locks from one holder in this process to the next without asking the server. Only to whoever is first in line, so that the
 * order is the same as without; only within the bounds of a tenure, so that other processes get their turn; only the same keys, and
 * only to the same kind of holder: a lock without a transaction shares its session with others, a transaction has one of its own.
 */
export class HandOver<Tx, TxOptions extends object> {
  readonly #timer: SharedTimer
  readonly #queue: HandOverQueue<Tx, TxOptions>
  readonly #ms: number

  /** @param ms how long one tenure may be passed on, in milliseconds */
  constructor(timer: SharedTimer, queue: HandOverQueue<Tx, TxOptions>, ms: number) {
    this.#timer = timer
    this.#queue = queue
    this.#ms = ms
  }

  /** Who would get a tenure that ended now. */
  heirOf(tenure: Tenure<Holding<Tx, TxOptions>>): Heir<TxOptions> | undefined {
    const heir = this.#queue.next(tenure.keys[0]!)
    if (heir === undefined || !tenure.mayBePassedOn(this.#timer.clock.now(), this.#ms)) return undefined
    const isShared = tenure.session instanceof SharedSession
    if (isShared !== (heir.purpose === undefined)) return undefined
    if (heir.orphanTimeoutMs !== tenure.orphanTimeoutMs) return undefined
    return this.#areAllNext(tenure.keys, heir) ? heir : undefined
  }

  /**
   * Leaves what a holder has to the next one.
   * @param turns the holder's places at the heads of the keys' queues
   * @returns false when it has to be released instead
   */
  pass(tenure: Tenure<Holding<Tx, TxOptions>>, turns: readonly Turn<Holding<Tx, TxOptions>>[]): boolean {
    const heir = this.heirOf(tenure)
    if (heir === undefined) return false
    const { session } = tenure
    if (!(session instanceof SharedSession) && !session.repurpose(heir.purpose!)) return false
    tenure.passOn()
    const [first, ...others] = turns
    first!.leave({ tenure, turns: others.map((turn) => turn.cede()) })
    return true
  }

  /** Whether an heir of one key wants just these, and nobody stands before it for the others. */
  #areAllNext(keys: readonly string[], heir: Heir<TxOptions>): boolean {
    if (heir.keys.length !== keys.length) return false
    return keys.every((key, index) => heir.keys[index] === key && (index === 0 || this.#queue.next(key) === undefined))
  }
}

/** What becomes of a transaction's session and its keys: see `HeldSession`. */
export class Succession<Tx, TxOptions extends object> {
  readonly #handOver: HandOver<Tx, TxOptions>
  readonly #tenure: Tenure<Session<Tx, TxOptions>>
  readonly #turns: readonly Turn<Holding<Tx, TxOptions>>[]
  #isRefused = false

  constructor(
    handOver: HandOver<Tx, TxOptions>,
    tenure: Tenure<Session<Tx, TxOptions>>,
    turns: readonly Turn<Holding<Tx, TxOptions>>[],
  ) {
    this.#handOver = handOver
    this.#tenure = tenure
    this.#turns = turns
  }

  /** The options of the transaction of the one who would get it now; `undefined` when nobody would. */
  get nextOptions(): TxOptions | undefined {
    return this.#isRefused ? undefined : this.#handOver.heirOf(this.#tenure)?.purpose
  }

  get hasHeir(): boolean {
    return this.nextOptions !== undefined
  }

  /** The session is not any more as others would have it. */
  refuse(): void {
    this.#isRefused = true
  }

  pass(): boolean {
    return !this.#isRefused && this.#handOver.pass(this.#tenure, this.#turns)
  }
}
