import { oversOf } from './faults.js'
import { groupBy } from './group.js'
import type { History } from './history.js'
import { countUpTo } from './spans.js'

interface Stop {
  readonly from: number
  readonly to: number
  /** Milliseconds of all stops before this one. */
  readonly before: number
}

/** For how long workers were stopped, or kept from running by a machine that is busy, in which no deadline can be kept. */
export class Stopped {
  readonly #byWorker: ReadonlyMap<string, readonly Stop[]>

  constructor(history: History) {
    const overs = oversOf(history)
    const endings = groupBy(history.all('worker-ended'), ({ worker }) => worker)
    const stops = history.all('fault').flatMap(({ fault, kind, at, target: { worker } }) => {
      if (kind !== 'stop-client' || worker === undefined) return []
      // One that was killed while it was stopped has never run again.
      const ended = endings.get(worker)?.find((ending) => ending.at >= at)
      return [{ worker, from: at, to: overs.get(fault)?.at ?? ended?.at ?? Infinity }]
    })
    const stalls = history.all('stalled').map(({ by, at, ms }) => ({ worker: by, from: at - ms, to: at }))
    const all = [...stops, ...stalls].toSorted((one, other) => one.from - other.from)
    this.#byWorker = new Map([...groupBy(all, ({ worker }) => worker)].map(([worker, own]) => [worker, apart(own)]))
  }

  /** Milliseconds between two moments during which the worker was stopped. */
  between(worker: string, from: number, to: number): number {
    const stops = this.#byWorker.get(worker)
    return stops === undefined ? 0 : stoppedUntil(stops, to) - stoppedUntil(stops, from)
  }
}

/** Without overlaps: no time is counted twice. */
function apart(stops: readonly { from: number; to: number }[]): Stop[] {
  const result: Stop[] = []
  for (const { from, to } of stops) {
    const last = result.at(-1)
    if (last === undefined) result.push({ from, to, before: 0 })
    else if (to > last.to) result.push({ from: Math.max(from, last.to), to, before: last.before + last.to - last.from })
  }
  return result
}

function stoppedUntil(stops: readonly Stop[], moment: number): number {
  const last = stops[countUpTo(stops, moment) - 1]
  return last === undefined ? 0 : last.before + Math.min(moment, last.to) - last.from
}
