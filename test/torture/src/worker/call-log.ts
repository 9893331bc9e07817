import type { Application, HeldLock } from '../applications/application.js'
import type { Phase, Unstamped } from '../history/events.js'
import { POOL_WAIT_MS } from '../limits.js'
import type { CallPlan } from './call-plan.js'
import { outcomeOf } from './outcome.js'

/** Who makes calls, and on what. */
export interface Caller {
  readonly source: string
  readonly application: Application
  record(event: Unstamped): void
  newId(): string
}

/** How far one call has got, as the history has it. */
export class CallLog {
  readonly op: string
  readonly #caller: Caller
  readonly #plan: CallPlan
  readonly #onPhase: (phase: Phase) => void
  #phase: Phase = 'waiting'
  #hasAcquired = false
  #hasLeft = false
  #isLost = false

  /** @param onPhase called when the call holds, and when it is to commit */
  constructor(caller: Caller, plan: CallPlan, onPhase: (phase: Phase) => void) {
    this.op = caller.newId()
    this.#caller = caller
    this.#plan = plan
    this.#onPhase = onPhase
  }

  get hasAcquired(): boolean {
    return this.#hasAcquired
  }

  invoke(parent: string | undefined): void {
    const { kind, names, timeoutMs, holdTimeoutMs, furtherName } = this.#plan
    const { source, application } = this.#caller
    this.#record({
      type: 'invoke',
      op: this.op,
      kind,
      source,
      names: furtherName === undefined ? names : [...names, furtherName],
      ...(parent !== undefined && { parent }),
      // Opening a connection may take a try what the pool allows.
      timeoutMs: kind === 'try' ? POOL_WAIT_MS : timeoutMs,
      holdTimeoutMs,
      hearsOfLosses: application.hearsOfLosses,
    })
  }

  asking(): void {
    this.#record({ type: 'asking', op: this.op })
  }

  refused(): void {
    this.#record({ type: 'refused', op: this.op })
  }

  /** Inside, with a first lock or a further one. */
  enter(names: readonly string[], { sessionId: session, token, waitedMs, signal }: HeldLock): void {
    if (!this.#hasAcquired) this.#reach('holding')
    this.#hasAcquired = true
    this.#record({ type: 'acquired', op: this.op, names, session, token: `${token}`, waitedMs })
    if (signal.aborted) this.#lose(signal)
    else signal.addEventListener('abort', () => this.#lose(signal), { once: true })
  }

  /** Runs all that is done inside. Whether a COMMIT comes next is known when it is done. */
  async leaveWhenDone(work: () => Promise<void>, commits: boolean): Promise<void> {
    try {
      await work()
      this.#leave(commits)
    } catch (error) {
      if (this.#hasAcquired) this.#leave(false)
      throw error
    }
  }

  /** A fault strikes that comes from within the call. */
  strike(kind: string): void {
    const fault = this.#caller.newId()
    this.#record({ type: 'fault', fault, kind, phase: this.#phase, target: { op: this.op }, names: this.#plan.names })
  }

  succeed(): void {
    this.#release()
    this.#record({ type: 'ok', op: this.op })
  }

  fail(error: unknown): void {
    this.#release()
    // The library speaks for its own COMMIT; for one of the ORM's nobody does.
    const isOwnCommit = this.#plan.kind === 'joined' || this.#plan.kind === 'fenced'
    this.#record({ op: this.op, ...outcomeOf(error, isOwnCommit && this.#phase === 'committing') })
  }

  #leave(commits: boolean): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#record({ type: 'leaving', op: this.op, commits })
    if (commits) this.#reach('committing')
  }

  #lose({ reason }: AbortSignal): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#record({ type: 'lost', op: this.op, code: outcomeOf(reason, false).code })
  }

  #release(): void {
    if (this.#hasAcquired) this.#record({ type: 'released', op: this.op })
  }

  #reach(phase: Phase): void {
    this.#phase = phase
    this.#onPhase(phase)
  }

  #record(event: Unstamped): void {
    this.#caller.record(event)
  }
}
