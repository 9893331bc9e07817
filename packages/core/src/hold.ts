import type { Timer } from './clock.js'
import { HoldTimeoutError, LockLostError, type OrmutexError } from './errors.js'
import { describeDuration, type Holder } from './holder.js'
import type { HoldTrace } from './hold-trace.js'
import type { LocalHolds } from './local-holds.js'
import type { Turn } from './local-queue.js'
import type { SharedTimer } from './shared-timer.js'
import type { Target } from './target.js'
import type { LockUse } from './trace-messages.js'
import type { Tracing } from './tracing.js'

/** What a hold is made of. */
export interface HoldParts {
  readonly use: LockUse
  readonly target: Target
  /** The keys that were granted: those of the target that the session did not have yet. */
  readonly keys: readonly string[]
  readonly sessionId: string
  readonly token: bigint
  readonly waitedMs: number
  /** The places in the local queues that the hold keeps until it is over. */
  readonly turns: readonly Leavable[]
  /** Where it is known from now on, until it is over. */
  readonly localHolds: LocalHolds
}

type LossListener = (error: OrmutexError) => void

/** See `Turn`. */
type Leavable = Pick<Turn<unknown>, 'leave'>

/** One granted request, from the grant until it is released or lost. What ends it is decided by its session. */
export class Hold {
  readonly use: LockUse
  readonly target: Target
  readonly keys: readonly string[]
  readonly sessionId: string
  readonly token: bigint
  readonly waitedMs: number
  readonly #timer: SharedTimer
  readonly #grantedAt: number
  readonly #turns: readonly Leavable[]
  readonly #localHolds: LocalHolds
  #lostListeners: Set<LossListener> | undefined
  #limit: Timer | undefined
  #controller: AbortController | undefined
  #lost: OrmutexError | null = null
  /** Callbacks that run under it, of which its session knows nothing. */
  #running = 0
  #over = false
  /** `null` when nobody listened at the grant. */
  #trace: HoldTrace | null | undefined

  constructor(timer: SharedTimer, parts: HoldParts) {
    this.#timer = timer
    this.use = parts.use
    this.target = parts.target
    this.keys = parts.keys
    this.sessionId = parts.sessionId
    this.token = parts.token
    this.waitedMs = parts.waitedMs
    this.#turns = parts.turns
    this.#localHolds = parts.localHolds
    this.#grantedAt = timer.clock.now()
    this.#localHolds.add(this)
  }

  /** Made when first asked for: most callbacks never look at it. */
  get signal(): AbortSignal {
    return this.#abortable.signal
  }

  /** True once it is released or lost. */
  get isOver(): boolean {
    return this.#over
  }

  /** What this process knows about the holder, which is itself. */
  describe(label: string): Holder {
    return { sessionId: this.sessionId, label, heldMs: Math.floor(this.#heldMs) }
  }

  /** How it was lost; `null` when it was not. */
  get loss(): OrmutexError | null {
    return this.#lost
  }

  /** What those who listen are told of the hold; `undefined` when nobody did at the grant. */
  get trace(): HoldTrace | undefined {
    return this.#trace ?? undefined
  }

  /** Has those who listen told of the hold: `undefined` for nobody, and for all calls but the first. */
  tell(tracing: Tracing, handedOver: boolean): HoldTrace | undefined {
    if (this.#trace !== undefined) return undefined
    this.#trace = tracing.isHoldingWatched ? tracing.hold(this, handedOver) : null
    if (this.#over) this.#tellEnd()
    return this.trace
  }

  /** Calls back when the hold is lost, also if it already is. */
  onLost(listener: LossListener): void {
    const lost = this.#lost
    // Later in any case: the caller is not ready before this returns.
    if (lost !== null) queueMicrotask(() => listener(lost))
    else (this.#lostListeners ??= new Set()).add(listener)
  }

  /** Calls back no more. */
  offLost(listener: LossListener): void {
    this.#lostListeners?.delete(listener)
  }

  /** Calls back with a `HOLD_TIMEOUT` error when the hold has lasted `ms`. */
  limit(ms: number, expired: (error: HoldTimeoutError) => void): void {
    if (ms === Infinity) return
    this.#limit = this.#timer.after(ms, () =>
      expired(new HoldTimeoutError(`${this.target.title} was held for longer than ${describeDuration(ms)}`)),
    )
  }

  /** Lets the hold last as long as it takes from now on. */
  stopLimit(): void {
    this.#limit?.stop()
  }

  /** A callback runs under it from now on, which may outlive it. */
  enter(): void {
    this.#running += 1
  }

  /** The counterpart, when the callback has settled. */
  leave(): void {
    this.#running -= 1
  }

  /**
   * About to be released with its transaction, whoever ended that. A callback that still runs is told by the signal: from now on it is
   * protected from nobody. What it returns is still its own: it may have ended the transaction itself.
   */
  outlive(): void {
    if (this.#over || this.#running === 0) return
    this.#abortable.abort(
      new LockLostError(
        `${this.target.title} is released: the transaction that it joined has ended, and its callback is still running`,
      ),
    )
  }

  /** Ends the hold as lost: the signal aborts and whoever runs under the lock is told. */
  lose(error: OrmutexError): void {
    if (this.#over) return
    this.#lost = error
    this.#end()
    this.#controller?.abort(error)
    for (const listener of this.#lostListeners ?? []) listener(error)
    // Last: what a transaction has come to by that is known from its listener.
    this.#tellEnd()
  }

  /** Ends the hold: the next one in this process may ask for the keys. */
  finish(): void {
    if (this.#over) return
    this.#end()
    this.#tellEnd()
  }

  get #abortable(): AbortController {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#lost !== null) this.#controller.abort(this.#lost)
    }
    return this.#controller
  }

  get #heldMs(): number {
    return this.#timer.clock.now() - this.#grantedAt
  }

  #end(): void {
    this.#over = true
    this.stopLimit()
    this.#localHolds.remove(this)
    for (const turn of this.#turns) turn.leave()
  }

  #tellEnd(): void {
    this.#trace?.finish(this.#heldMs, this.#lost)
  }
}
