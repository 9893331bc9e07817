import { tracingChannel } from 'node:diagnostics_channel'
import type { Clock } from './clock.js'
import { LockTimeoutError } from './errors.js'
import type { KeySpace } from './key-space.js'
import type { CheckedWait } from './options.js'
import type { Target } from './target.js'
import { Trace, type TracedSource } from './trace.js'
import type { AcquireMessage, AcquireOutcome, LockUse } from './trace-messages.js'

export const acquiring = tracingChannel<unknown, AcquireMessage>('ormutex:acquire')

/** A call for locks, as far as it is told of. */
export interface TracedRequest {
  readonly name: string | readonly string[]
  readonly how: LockUse
  readonly wait: CheckedWait
  /** `undefined` as long as the namespace is not known. */
  readonly target: Target | undefined
}

/** What was granted to it. */
export interface TracedGrant {
  readonly sessionId: string
  readonly token: bigint
  readonly waitedMs: number
  readonly handedOver: boolean
}

/** One wait that somebody is told of. */
export class AcquireTrace extends Trace implements AcquireMessage {
  readonly names: readonly string[]
  keys: readonly string[] | undefined
  readonly timeoutMs: number
  waitedMs: number | undefined
  outcome: AcquireOutcome | undefined
  sessionId: string | undefined
  token: bigint | undefined
  handedOver = false
  readonly #request: TracedRequest
  readonly #clock: Clock
  readonly #keySpace: KeySpace
  readonly #startedAt: number

  constructor(source: TracedSource, request: TracedRequest) {
    super(source, request.how)
    this.#request = request
    this.#clock = source.clock
    this.#keySpace = source.keySpace
    this.names = [request.name].flat()
    this.keys = request.target?.keys
    this.timeoutMs = request.wait.timeoutMs
    this.#startedAt = source.clock.now()
  }

  /** Does what the call waits for. */
  run<T>(work: () => Promise<T>, grantOf: (result: T) => TracedGrant): Promise<T> {
    return this.beginOn(acquiring, this, () =>
      asRejection(work).then(
        (result) => {
          this.#granted(grantOf(result))
          return result
        },
        (error: unknown) => {
          this.#refused(error)
          throw error
        },
      ),
    )
  }

  #granted({ sessionId, token, waitedMs, handedOver }: TracedGrant): void {
    this.sessionId = sessionId
    this.token = token
    this.handedOver = handedOver
    this.#finish('granted', waitedMs)
  }

  #refused(error: unknown): void {
    this.error = error
    const outcome = this.#refusal(error)
    // That somebody else has it is an answer to a call that only asks.
    if (outcome !== 'taken') acquiring.error.publish(this)
    this.#finish(outcome, this.#clock.now() - this.#startedAt)
  }

  #refusal(error: unknown): AcquireOutcome {
    const { wait } = this.#request
    if (error instanceof LockTimeoutError) return error.reason === 'taken' && wait.timeoutMs === 0 ? 'taken' : 'timeout'
    return wait.signal?.aborted === true && error === wait.signal.reason ? 'aborted' : 'failed'
  }

  #finish(outcome: AcquireOutcome, waitedMs: number): void {
    const { name, wait } = this.#request
    this.outcome = outcome
    this.waitedMs = waitedMs
    this.learn()
    this.keys ??= this.#keySpace.resolve(name, wait.exactName)?.keys
    this.finishOn(acquiring, this)
  }
}

/** A call that is refused at once is told of as one that is refused later. */
async function asRejection<T>(work: () => Promise<T>): Promise<T> {
  return work()
}
