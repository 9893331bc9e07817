import type { TracingChannel } from 'node:diagnostics_channel'
import { acquiring, AcquireTrace, type TracedGrant, type TracedRequest } from './acquire-trace.js'
import type { Hold } from './hold.js'
import { holding, HoldTrace } from './hold-trace.js'
import type { TracedSource } from './trace.js'

/**
 * Tells of one source's waits and holds on the tracing channels of `node:diagnostics_channel`. Whoever calls asks first whether
 * somebody listens: otherwise nothing is made for it.
 */
export class Tracing {
  readonly #source: TracedSource

  constructor(source: TracedSource) {
    this.#source = source
  }

  get isAcquiringWatched(): boolean {
    return isWatched(acquiring)
  }

  get isHoldingWatched(): boolean {
    return isWatched(holding)
  }

  /** Does what a call waits for, and tells of it. */
  acquire<T>(request: TracedRequest, work: () => Promise<T>, grantOf: (result: T) => TracedGrant): Promise<T> {
    return new AcquireTrace(this.#source, request).run(work, grantOf)
  }

  /** A hold that begins now: what it is for is done with `begin`. */
  hold(hold: Hold, handedOver: boolean): HoldTrace {
    return new HoldTrace(this.#source, hold, handedOver)
  }
}

/** Whether anybody listens to any of its events, or has a store bound to them. */
function isWatched({ start, end, asyncStart, asyncEnd, error }: TracingChannel): boolean {
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    asyncStart.hasSubscribers ||
    end.hasSubscribers
  )
}
