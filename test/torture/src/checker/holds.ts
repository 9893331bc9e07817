import type { Call } from './call.js'
import { groupBy } from './group.js'
import type { History } from './history.js'

/** How long a call believed that it had a name's lock, from its first grant on. */
export interface Hold {
  readonly name: string
  readonly call: Call
  readonly from: number
  readonly to: number
}

/**
 * By name, in order of their beginnings, and of those that begin at once in order of their ends: what begins at the end of
 * another that lasted no time comes after it. A call has at most one of a name.
 */
export function holdsIn(history: History): Map<string, Hold[]> {
  const holds = [...history.calls.values()].flatMap((call) => holdsOf(history, call))
  return groupBy(
    holds.toSorted((a, b) => a.from - b.from || a.to - b.to),
    ({ name }) => name,
  )
}

function holdsOf(history: History, call: Call): Hold[] {
  const to = Math.min(call.leftAt, history.knownUntil(call.invoke.pid))
  const first = new Map<string, number>()
  for (const { names, at } of call.acquired) for (const name of names) if (!first.has(name)) first.set(name, at)
  // A call that joins a transaction may be granted one lock when it has just lost another: it holds none then.
  return [...first].filter(([, from]) => from <= to).map(([name, from]) => ({ name, call, from, to }))
}
