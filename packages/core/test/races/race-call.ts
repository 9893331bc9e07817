import { getEventListeners } from 'node:events'
import { deriveKey, type Lock, type LockEngine, type LockTimeoutError } from '@ormutex/core'
import type { ModelTransaction } from './model-pool.js'
import { WAIT_TIMEOUT } from './model-server.js'
import type { Race } from './race.js'
import type { CallPlan } from './scenario.js'

type AnyLock = Lock<string | readonly string[]>

type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** How far before its deadline a call may be refused, in milliseconds: as the library's own clock and the server's may differ. */
const EARLY_MS = 5

/** A call of a race, from its beginning to whatever becomes of it. */
export class RaceCall {
  readonly plan: CallPlan
  readonly keys: readonly string[]
  readonly #race: Race
  readonly #engine: LockEngine<ModelTransaction, object>
  readonly #id: number
  readonly #controller: AbortController | undefined
  readonly #reason = new Error('The caller turned away')
  readonly #own = new Error('What the callback threw')
  #startedAt = 0
  #settledAt = 0
  /** As far as the caller knows: a hold may end before its callback is called. */
  #grantedAt = 0
  #settled = 0
  #began = 0
  #finished = 0
  #aborted = false
  /** What its callback got. */
  #lock: AnyLock | undefined
  /** What it took besides. */
  #joined: AnyLock | undefined
  #outcome: Outcome | undefined

  constructor(race: Race, engine: LockEngine<ModelTransaction, object>, plan: CallPlan, id: number) {
    this.#race = race
    this.#engine = engine
    this.plan = plan
    this.#id = id
    this.keys = [plan.name].flat().map((name) => deriveKey('', name))
    if (plan.abortAt !== undefined) this.#controller = new AbortController()
  }

  /** What the scheduler is to know of it. */
  get coming(): { at: number; label: string; happen: () => void }[] {
    const { at, kind, name, abortAt } = this.plan
    const call = { at, label: `call ${this.#id}: ${kind}(${String(name)})`, happen: () => void this.#make() }
    if (abortAt === undefined) return [call]
    const abort = (): void => {
      this.#aborted = true
      this.#controller!.abort(this.#reason)
    }
    return [call, { at: abortAt, label: `call ${this.#id} is aborted`, happen: abort }]
  }

  /** In a word, for a tally. */
  get outcome(): string {
    const outcome = this.#outcome
    if (outcome === undefined) return 'none'
    if ('value' in outcome) return outcome.value === null || isTaken(outcome.value) ? 'taken' : 'granted'
    if (outcome.error === this.#reason) return 'aborted'
    if (outcome.error === this.#own) return 'own error'
    return (outcome.error as { code?: string }).code ?? 'other error'
  }

  /** What became of it is one of the things that may become of it, and true. */
  check(): void {
    const { isRejectedEarly } = this
    if (this.#settled !== 1) return this.#broken(`settled ${this.#settled} times`)
    if (this.#began > 1) this.#broken('ran twice')
    if (this.#controller !== undefined) {
      const listeners = getEventListeners(this.#controller.signal, 'abort').length
      if (listeners > 0) this.#broken(`${listeners} listeners are left on its signal`)
    }
    if (isRejectedEarly && this.#began > 0) this.#broken(`ended with ${this.outcome} and had run`)
    if (!this.#mayBe(this.outcome)) this.#broken(`ended with ${this.outcome}: ${describe(this.#outcome)}`)
    this.#checkCommitted()
  }

  /** Whether it was told that it would not run. */
  get isRejectedEarly(): boolean {
    return ['taken', 'aborted', 'LOCK_TIMEOUT', 'LOCK_FAILED'].includes(this.outcome)
  }

  #checkCommitted(): void {
    const isCommitted = this.#race.server.committed.has(this.#id)
    if (this.outcome === 'COMMIT_UNKNOWN') return
    const isToBe = this.outcome === 'granted' && this.#runsTransaction
    if (isCommitted !== isToBe) this.#broken(`ended with ${this.outcome} and is ${isCommitted ? '' : 'not '}committed`)
    if (isToBe && this.#finished !== 1) this.#broken('was granted and has not run to its end')
  }

  #mayBe(outcome: string): boolean {
    const { happened, sentToCommit } = this.#race
    const { plan } = this
    // After an error that leaves a session in doubt ormutex ends it by itself.
    const isLost = happened.lost + happened.error > 0
    const waitedMs = this.#settledAt - this.#startedAt
    switch (outcome) {
      case 'granted':
        return !(this.#runsTransaction && plan.fails)
      case 'taken':
        return this.#mayBeTaken && waitedMs >= plan.timeoutMs - EARLY_MS
      case 'aborted':
        return this.#aborted
      case 'own error':
        return plan.fails
      case 'LOCK_TIMEOUT':
        return this.#mayTimeOut && waitedMs >= plan.timeoutMs - EARLY_MS
      case 'LOCK_FAILED':
        return isLost || happened.closed > 0
      case 'LOCK_LOST':
        return this.#runsTransaction && isLost && !sentToCommit.has(this.#id)
      case 'HOLD_TIMEOUT':
        return this.#runsTransaction && this.#settledAt - this.#grantedAt >= plan.holdTimeoutMs - 1
      case 'COMMIT_UNKNOWN':
        return isLost && sentToCommit.has(this.#id)
      default:
        // The server's own error, with which a statement of the transaction failed.
        return happened.error > 0 && outcome === 'other error'
    }
  }

  /** Of a call that only asks, that a lock is taken is an answer. */
  get #mayTimeOut(): boolean {
    const { error } = this.#outcome as { error: LockTimeoutError }
    if (error.reason === 'pool') return this.plan.timeoutMs > 0
    return this.#mayBeTaken && !this.plan.kind.startsWith('try')
  }

  /** In a time that is not 0 a slow server may not have answered at all. */
  get #mayBeTaken(): boolean {
    return this.plan.timeoutMs > 0 || this.#race.hasRivals(this)
  }

  get #runsTransaction(): boolean {
    return this.plan.kind === 'withLock' || this.plan.kind === 'tryWithLock'
  }

  async #make(): Promise<void> {
    this.#startedAt = this.#race.clock.now()
    this.#grantedAt = this.#startedAt
    const settle = (outcome: Outcome): void => {
      this.#settled += 1
      this.#settledAt = this.#race.clock.now()
      this.#outcome = outcome
    }
    let value: unknown
    try {
      value = await this.#call()
    } catch (error) {
      return settle({ error })
    }
    settle({ value })
    if (this.#lock !== undefined) this.#checkReleased(this.#lock)
    if (!this.#runsTransaction && value !== null) await this.#hold(value as AnyLock)
  }

  #call(): Promise<unknown> {
    const { kind, name, timeoutMs, holdTimeoutMs, orphanTimeoutMs } = this.plan
    const signal = this.#controller?.signal
    const options = { timeoutMs, holdTimeoutMs, orphanTimeoutMs, signal, keepAliveMs: 0 }
    const engine = this.#engine
    if (kind === 'acquire' || kind === 'tryAcquire') return engine[kind](name, options)
    return engine[kind](name, (transaction: ModelTransaction, lock: AnyLock) => this.#run(transaction, lock), options)
  }

  #checkReleased(lock: AnyLock): void {
    const { handsOver, happened, holders } = this.#race
    // What is released by closing its connection the server sees later.
    const isSimple = !handsOver && happened.lost + happened.error + happened.closed === 0
    if (isSimple) holders.told(lock)
  }

  /** The callback of a transaction. */
  async #run(transaction: ModelTransaction, lock: AnyLock): Promise<string> {
    this.#enter(lock)
    this.#lock = lock
    try {
      await transaction.write(this.#id)
      await this.#join(transaction)
      await this.#race.turn(`call ${this.#id} goes on`)
      if (this.plan.fails) throw this.#own
      this.#finished += 1
      return 'done'
    } finally {
      this.#race.holders.leave(lock)
      if (this.#joined !== undefined) this.#race.holders.leave(this.#joined)
    }
  }

  /** Takes another lock in the transaction, if it is to be had. */
  async #join(transaction: ModelTransaction): Promise<void> {
    const { joins } = this.plan
    if (joins === undefined) return
    const enter = (_: ModelTransaction, lock: AnyLock): void => {
      this.#joined = lock
      this.#race.holders.enter(lock)
    }
    const options = { timeoutMs: 0, orphanTimeoutMs: joins.orphanTimeoutMs, keepAliveMs: 0 }
    await this.#engine.withJoinedLock(transaction, joins.name, enter, options).catch(() => {})
  }

  /** What the owner of a lock does until it has released it. */
  async #hold(lock: AnyLock): Promise<void> {
    this.#enter(lock)
    await this.#race.turn(`call ${this.#id} releases`)
    this.#race.holders.leave(lock)
    this.#checkLoss(lock)
    const released = Array.from({ length: this.plan.releases }, () => lock.release())
    try {
      await Promise.all(released)
      this.#checkReleased(lock)
      await this.#race.turn(`call ${this.#id} releases again`)
      await lock.release()
      this.#finished += 1
    } catch (error) {
      this.#broken(`could not release: ${String(error)}`)
    }
  }

  #checkLoss({ signal }: AnyLock): void {
    if (!signal.aborted) return
    const { code } = signal.reason as { code?: unknown }
    const { happened, clock } = this.#race
    const isTrue =
      code === 'HOLD_TIMEOUT'
        ? clock.now() - this.#grantedAt >= this.plan.holdTimeoutMs - 1
        : code === 'LOCK_LOST' && happened.lost + happened.closed + happened.error > 0
    if (!isTrue) this.#broken(`lost its lock: ${describe({ error: signal.reason })}`)
  }

  #enter(lock: AnyLock): void {
    this.#began += 1
    this.#grantedAt = this.#startedAt + lock.waitedMs
    this.#race.holders.enter(lock)
    const session = this.#race.server.sessions.get(lock.sessionId)!
    const { orphanTimeoutMs } = this.plan
    const waitTimeout = orphanTimeoutMs === undefined ? WAIT_TIMEOUT : orphanTimeoutMs / 1_000
    if (session.waitTimeout !== waitTimeout)
      this.#broken(`got a session with a wait_timeout of ${session.waitTimeout} s`)
  }

  #broken(what: string): void {
    this.#race.broken(`call ${this.#id} ${what}`)
  }
}

function isTaken(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'acquired' in value && value.acquired === false
}

function describe(outcome: Outcome | undefined): string {
  if (outcome === undefined || !('error' in outcome)) return JSON.stringify(outcome)
  const { error } = outcome
  return error instanceof Error ? `${error.stack}` : String(error)
}
