import type { FaultEvent, FaultOverEvent } from '../history/events.js'
import type { Call } from './call.js'
import { groupBy } from './group.js'
import type { History } from './history.js'
import { type Span, Spans } from './spans.js'

const EVERYBODY = 'everybody'

/** What may befall a call, and can cost nobody a lock: no excuse for anything. */
const HARMLESS = [
  'abort',
  'clock-back',
  'clock-forward',
  'client-clock-back',
  'foreign-holder',
  'kill-query',
  'latency',
  'pool-exhausted',
  'statement-limit',
]

/** Which faults met which calls. */
export class Faults {
  readonly #history: History
  readonly #byTarget: ReadonlyMap<string, Spans<FaultEvent>>

  constructor(history: History) {
    this.#history = history
    const overs = oversOf(history)
    const spans = groupBy(
      harmful(history).flatMap((fault) => {
        // In an unfinished run, what is not over goes on.
        const to = overs.get(fault.fault)?.at ?? (history.isComplete ? fault.at : Infinity)
        return targetsOf(fault).map((target) => ({ target, span: { from: fault.at, to, what: fault } }))
      }),
      ({ target }) => target,
    )
    this.#byTarget = new Map(
      [...spans].map(([target, entries]) => [target, new Spans(entries.map(({ span }) => span))] as const),
    )
  }

  /** Whether it is known that no fault met the call, from its beginning to its end. */
  spared(call: Call): boolean {
    const end = call.endedAt ?? Infinity
    return end <= this.#history.faultsKnownUntil && this.met(call, end) === undefined
  }

  /** The last fault that met the call, of those that struck by then. */
  met(call: Call, until: number): FaultEvent | undefined {
    const { at, op, by } = call.invoke
    const sessions = call.acquired.map(({ session }) => `session ${session}`)
    return [EVERYBODY, `worker ${by}`, `op ${op}`, ...sessions]
      .flatMap((target) => this.#byTarget.get(target)?.touching(at, until) ?? [])
      .reduce<Span<FaultEvent> | undefined>((last, span) => (last && last.from > span.from ? last : span), undefined)
      ?.what
  }
}

function harmful(history: History): FaultEvent[] {
  return history.all('fault').filter(({ kind }) => !HARMLESS.includes(kind))
}

export function oversOf(history: History): ReadonlyMap<string, FaultOverEvent> {
  return new Map(history.all('fault-over').map((over) => [over.fault, over] as const))
}

function targetsOf({ target: { everybody, worker, op, session } }: FaultEvent): string[] {
  return [
    everybody === true ? EVERYBODY : undefined,
    worker === undefined ? undefined : `worker ${worker}`,
    op === undefined ? undefined : `op ${op}`,
    session === undefined ? undefined : `session ${session}`,
  ].filter((target) => target !== undefined)
}
