import type { Grant } from './backend.js'
import type { Clock, Timer } from './clock.js'
import { HoldTimeoutError, type OrmutexError } from './errors.js'
import { describeDuration, type Holder } from './holder.js'
import type { Turn } from './local-queue.js'
import type { Target } from './target.js'

/** What a hold is made of. */
export interface HoldParts {
  readonly target: Target
  /** The keys that were granted: those of the target that the session did not have yet. */
  readonly keys: readonly string[]
  readonly grant: Grant
  readonly waitedMs: number
  /** The places in the local queues that the hold keeps until it is over. */
  readonly turns: readonly Turn[]
}

/** One granted request, from the grant until it is released or lost. What ends it is decided by its session. */
export class Hold {
  readonly target: Target
  readonly keys: readonly string[]
  readonly grant: Grant
  readonly waitedMs: number
  readonly #clock: Clock
  readonly #grantedAt: number
  readonly #turns: readonly Turn[]
  readonly #lostListeners = new Set<(error: OrmutexError) => void>()
  #limit: Timer | undefined
  #controller: AbortController | undefined
  #lost: OrmutexError | null = null
  #over = false
  readonly #overListeners: (() => void)[] = []

  constructor(clock: Clock, parts: HoldParts) {
    this.#clock = clock
    this.target = parts.target
    this.keys = parts.keys
    this.grant = parts.grant
    this.waitedMs = parts.waitedMs
    this.#turns = parts.turns
    this.#grantedAt = clock.now()
  }

  /** Made when first asked for: most callbacks never look at it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#lost !== null) this.#controller.abort(this.#lost)
    }
    return this.#controller.signal
  }

  /** True once it is released or lost. */
  get isOver(): boolean {
    return this.#over
  }

  /** What this process knows about the holder, which is itself. */
  describe(label: string): Holder {
    return { sessionId: this.grant.sessionId, label, heldMs: this.#clock.now() - this.#grantedAt }
  }

  /** Calls back when the hold is lost, also if it already is. Returns a function that unsubscribes. */
  onLost(listener: (error: OrmutexError) => void): () => void {
    const lost = this.#lost
    // Later in any case: the caller is not ready before it has what this returns.
    if (lost !== null) queueMicrotask(() => listener(lost))
    else this.#lostListeners.add(listener)
    return () => this.#lostListeners.delete(listener)
  }

  /** Calls back once it is over, however it ends. */
  onOver(listener: () => void): void {
    if (this.#over) listener()
    else this.#overListeners.push(listener)
  }

  /** Calls back with a `HOLD_TIMEOUT` error when the hold has lasted `ms`. */
  limit(ms: number, expired: (error: HoldTimeoutError) => void): void {
    if (ms === Infinity) return
    this.#limit = this.#clock.after(
      ms,
      () => expired(new HoldTimeoutError(`${this.target.title} was held for longer than ${describeDuration(ms)}`)),
      { keepsProcessAlive: false },
    )
  }

  /** Lets the hold last as long as it takes from now on. */
  stopLimit(): void {
    this.#limit?.stop()
  }

  /** Ends the hold as lost: the signal aborts and whoever runs under the lock is told. */
  lose(error: OrmutexError): void {
    if (this.#over) return
    this.#lost = error
    this.finish()
    this.#controller?.abort(error)
    for (const listener of this.#lostListeners) listener(error)
    this.#lostListeners.clear()
  }

  /** Ends the hold: the next one in this process may ask for the keys. */
  finish(): void {
    this.#over = true
    this.stopLimit()
    for (const turn of this.#turns) turn.leave()
    for (const listener of this.#overListeners) listener()
  }
}
