import type { History } from './history.js'
import type { Hold } from './holds.js'
import { countUpTo } from './spans.js'
import { groupBy } from './group.js'

export interface TakeOver {
  readonly faultKind: string
  readonly ms: number
}

interface Wait {
  readonly op: string
  readonly worker: string
  readonly from: number
  readonly to: number
}

/**
 * How long it took, after a fault had struck whoever held a lock or was committing, until another call was granted it.
 *
 * Only where another worker was waiting for that name just then, since otherwise the time would measure how soon somebody
 * came along. The grant that counts is the next one to any other call, whether it had been waiting by then or not: where
 * the lock stays taken for long, those that waited give up, and leaving such a case out would leave out the worst ones.
 */
export function takeOversIn(history: History, holds: ReadonlyMap<string, readonly Hold[]>): TakeOver[] {
  const struck = history
    .all('fault')
    .filter(({ phase }) => phase !== 'waiting')
    .flatMap((fault) => fault.names.map((name) => ({ name, fault })))
  const waits = waitsIn(history)

  return [...groupBy(struck, ({ name }) => name)].flatMap(([name, own]) => {
    const grants = holds.get(name) ?? []
    const coming = waits.get(name) ?? []
    let waiting: Wait[] = []
    let arrived = 0
    return own.flatMap(({ fault: { at, kind, target } }): TakeOver[] => {
      const end = countUpTo(coming, at)
      waiting = [...waiting, ...coming.slice(arrived, end)].filter(({ to }) => to > at)
      arrived = end
      if (!waiting.some(({ op, worker }) => op !== target.op && worker !== target.worker)) return []
      const following = countUpTo(grants, at)
      const next = grants[following]?.call.op === target.op ? grants[following + 1] : grants[following]
      return next === undefined ? [] : [{ faultKind: kind, ms: next.from - at }]
    })
  })
}

/** By name, in order of their beginnings. */
function waitsIn(history: History): Map<string, Wait[]> {
  const waits = [...history.calls.values()].flatMap((call) => {
    const { op, by, at, names } = call.invoke
    return names.map((name) => ({
      name,
      op,
      worker: by,
      from: at,
      to: call.acquiredFor(name)[0]?.at ?? call.endedAt ?? Infinity,
    }))
  })
  return groupBy(waits, ({ name }) => name)
}
