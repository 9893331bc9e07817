import { tracingChannel } from 'node:diagnostics_channel'
import type { OrmutexError } from './errors.js'
import type { Hold } from './hold.js'
import { Trace, type TracedSource } from './trace.js'
import type { HoldMessage, HoldOutcome } from './trace-messages.js'

export const holding = tracingChannel<unknown, HoldMessage>('ormutex:hold')

/** One hold that somebody is told of. */
export class HoldTrace extends Trace implements HoldMessage {
  readonly names: readonly string[]
  readonly keys: readonly string[]
  readonly sessionId: string
  readonly token: bigint
  readonly waitedMs: number
  readonly handedOver: boolean
  heldMs: number | undefined
  outcome: HoldOutcome | undefined
  #isBegun = false
  #isOver = false

  constructor(source: TracedSource, hold: Hold, handedOver: boolean) {
    super(source, hold.use)
    this.keys = hold.keys
    this.names = hold.keys.map((key) => hold.target.nameOf(key))
    this.sessionId = hold.sessionId
    this.token = hold.token
    this.waitedMs = hold.waitedMs
    this.handedOver = handedOver
  }

  /** Runs what the lock is held for. */
  begin<T>(work: () => T): T {
    const result = this.beginOn(holding, this, work)
    this.#isBegun = true
    if (this.#isOver) this.#finish()
    return result
  }

  /** What it has come to, and why, when that is not seen at its end. */
  conclude(outcome: HoldOutcome, error?: unknown): void {
    this.outcome = outcome
    this.error = error
  }

  /** It is over. */
  finish(heldMs: number, lost: OrmutexError | null): void {
    if (this.outcome === undefined) {
      if (lost === null) this.conclude('released')
      else this.conclude(lost.code === 'HOLD_TIMEOUT' ? 'hold-timeout' : 'lost', lost)
    }
    this.heldMs = heldMs
    this.#isOver = true
    // It may be lost before anybody could be told that it began.
    if (this.#isBegun) this.#finish()
  }

  #finish(): void {
    if (this.outcome !== 'committed' && this.outcome !== 'released') holding.error.publish(this)
    this.finishOn(holding, this)
  }
}
