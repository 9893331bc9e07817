import { type Counter, type Histogram, type Meter, type UpDownCounter, ValueType } from '@opentelemetry/api'
import type { AcquireMessage, HoldMessage } from '@ormutex/core'
import { ATTR, seriesOf } from './attributes.js'

/** Upper bounds in seconds: a lock that is free takes half a millisecond, and who queues for a deployment may wait for minutes. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

const DURATION = { unit: 's', valueType: ValueType.DOUBLE, advice: { explicitBucketBoundaries: SECONDS } }

/** Outcomes of holds that were not ended by those who held. */
const LOSSES = new Set<HoldMessage['outcome']>(['lost', 'hold-timeout', 'commit-unknown'])

/** The metrics. */
export class Instruments {
  readonly #acquire: Histogram
  readonly #hold: Histogram
  readonly #timeouts: Counter
  readonly #deadlocks: Counter
  readonly #losses: Counter
  readonly #waiters: UpDownCounter

  constructor(meter: Meter) {
    this.#acquire = meter.createHistogram('ormutex.acquire.duration', {
      ...DURATION,
      description: 'How long calls waited for locks, whatever came of it.',
    })
    this.#hold = meter.createHistogram('ormutex.hold.duration', {
      ...DURATION,
      description: 'How long locks were held, from the grant to the release.',
    })
    this.#timeouts = meter.createCounter('ormutex.acquire.timeouts', {
      unit: '{timeout}',
      description: 'Calls that were not granted their locks in time.',
    })
    this.#deadlocks = meter.createCounter('ormutex.acquire.deadlocks', {
      unit: '{deadlock}',
      description: 'Calls that the server refused, since sessions would have waited for each other.',
    })
    this.#losses = meter.createCounter('ormutex.hold.losses', {
      unit: '{loss}',
      description: 'Locks that were lost, held for too long, or lost while COMMIT was under way.',
    })
    this.#waiters = meter.createUpDownCounter('ormutex.waiter.count', {
      unit: '{waiter}',
      description: 'Calls of this process that wait for locks at this moment.',
    })
  }

  waiterCame(message: AcquireMessage): void {
    this.#waiters.add(1, { [ATTR.use]: message.how })
  }

  waiterWent(message: AcquireMessage): void {
    this.#waiters.add(-1, { [ATTR.use]: message.how })
  }

  acquired(message: AcquireMessage): void {
    const series = seriesOf(message)
    this.#acquire.record(message.waitedMs! / 1_000, series)
    if (message.outcome === 'timeout') this.#timeouts.add(1, series)
    if (message.code === 'LOCK_DEADLOCK') this.#deadlocks.add(1, series)
  }

  held(message: HoldMessage): void {
    const series = seriesOf(message)
    this.#hold.record(message.heldMs! / 1_000, series)
    if (LOSSES.has(message.outcome)) this.#losses.add(1, series)
  }
}
