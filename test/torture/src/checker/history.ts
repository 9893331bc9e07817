import type { HistoryEvent, RunEvent } from '../history/events.js'
import { Call, type CallEvent } from './call.js'

type Typed<Type extends HistoryEvent['type']> = Extract<HistoryEvent, { type: Type }>

/**
 * The events of a run, put together by call.
 *
 * Of an unfinished run each process's events are known up to a moment of its own, since one file is read after another.
 * What a process did not write by then it may have written since, so nothing may be concluded from its silence.
 */
export class History {
  readonly isComplete: boolean
  /** In order of time. */
  readonly events: readonly HistoryEvent[]
  readonly run: RunEvent | undefined
  /** By op, in the order in which they were made. */
  readonly calls: ReadonlyMap<string, Call>
  /** Events of calls that nobody has made by then. */
  readonly strays: readonly CallEvent[]
  /** Ops that were used for more than one call. */
  readonly usedTwice: readonly string[]
  readonly #lastSeen = new Map<number, number>()
  readonly #lastOfCoordinator: number

  /** @param events in order of time */
  constructor(events: readonly HistoryEvent[], isComplete: boolean) {
    this.events = events
    this.isComplete = isComplete
    this.run = this.all('run')[0]
    for (const { pid, at } of events) this.#lastSeen.set(pid, at)
    // The ledger is looked at apart from what the coordinator writes as it goes.
    const told = events.findLast(({ by, type }) => by === 'coordinator' && type !== 'ledger')
    this.#lastOfCoordinator = told?.at ?? -Infinity

    const deaths = deathsIn(events)
    const calls = new Map<string, Call>()
    const strays: CallEvent[] = []
    const usedTwice: string[] = []
    for (const event of events)
      if (event.type === 'invoke') {
        const diedAt = deaths.get(event.pid)?.find((at) => at >= event.at)
        if (calls.has(event.op)) usedTwice.push(event.op)
        else calls.set(event.op, new Call(event, diedAt))
      } else if (isOfCall(event)) {
        const call = calls.get(event.op)
        if (call === undefined) strays.push(event)
        else call.add(event)
      }
    this.calls = calls
    this.strays = strays
    this.usedTwice = usedTwice
  }

  all<Type extends HistoryEvent['type']>(type: Type): Typed<Type>[] {
    return this.events.filter((event): event is Typed<Type> => event.type === type)
  }

  /** Up to when it is known what a process did. */
  knownUntil(pid: number): number {
    return this.isComplete ? (this.events.at(-1)?.at ?? 0) : (this.#lastSeen.get(pid) ?? 0)
  }

  /** Up to when it is known what befell the processes and the server: the coordinator writes that. */
  get faultsKnownUntil(): number {
    return this.isComplete ? Infinity : this.#lastOfCoordinator
  }
}

/** When workers were killed, by process; one that has shown its pools at the end was not. */
function deathsIn(events: readonly HistoryEvent[]): Map<number, number[]> {
  const finished = new Set<number>()
  const deaths = new Map<number, number[]>()
  for (const event of events)
    if (event.type === 'pool' && event.moment === 'end') finished.add(event.pid)
    else if (event.type === 'worker-ended' && !finished.has(event.pidOfWorker))
      deaths.set(event.pidOfWorker, [...(deaths.get(event.pidOfWorker) ?? []), event.at])
  return deaths
}

function isOfCall(event: HistoryEvent): event is CallEvent {
  switch (event.type) {
    case 'asking':
    case 'refused':
    case 'acquired':
    case 'leaving':
    case 'lost':
    case 'released':
    case 'ok':
    case 'fail':
    case 'unknown':
    case 'ledger':
      return true
    default:
      return false
  }
}
