import type { FaultEvent } from '../../history/events.js'
import type { Call } from '../call.js'
import { groupBy } from '../group.js'
import type { History } from '../history.js'
import { Stopped } from '../stopped.js'
import type { Violation } from '../verdict.js'

/** How long a loss of which the client is told may go unnoticed on a machine that is busy with a run. */
const TOLERANCE_MS = 1_000

/** Faults of which a client's network hears at once. */
const LOUD = ['kill-session', 'reset', 'server-kill']

/** Rule 3: whoever holds a lock is told that its session has ended. Where nothing is committed, nothing else would show it. */
export function checkLosses(history: History): Violation[] {
  const stopped = new Stopped(history)
  const faults = groupBy(history.all('fault'), ({ target }) => target.session)
  const kills = history.all('fault').filter(({ kind }) => kind === 'server-kill')
  return [...history.calls.values()].flatMap((call) => {
    const session = call.acquired[0]?.session
    const { kind, hearsOfLosses, by } = call.invoke
    if (session === undefined || kind !== 'held' || !hearsOfLosses || call.settled === undefined) return []
    const struck = [...(faults.get(session) ?? []), ...kills].filter((fault) => isWithin(fault, call))
    // Behind a network that swallows everything nobody hears anything.
    if (struck.some((fault) => !LOUD.includes(fault.kind))) return []
    const first = struck.reduce<FaultEvent | undefined>(
      (one, other) => (one && one.at < other.at ? one : other),
      undefined,
    )
    if (first === undefined) return []
    const unnoticedMs = call.leftAt - first.at - stopped.between(by, first.at, call.leftAt)
    const { op } = call
    return unnoticedMs > TOLERANCE_MS
      ? [{ rule: 3, message: `${op}: was not told within ${unnoticedMs.toFixed(1)} ms of ${first.kind}`, ops: [op] }]
      : []
  })
}

function isWithin({ at }: FaultEvent, { acquired, leftAt }: Call): boolean {
  return at >= acquired[0]!.at && at <= leftAt
}
