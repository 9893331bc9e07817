import type { PoolEvent } from '../../history/events.js'
import { groupBy } from '../group.js'
import type { History } from '../history.js'
import type { Violation } from '../verdict.js'

/** Rule 3: after the last call nothing is left on the server, in a pool, or in a worker; and every lock is to be had. */
export function checkRemains(history: History): Violation[] {
  if (!history.isComplete) return []
  return [
    ...history
      .all('leftover')
      .map(({ what, session, detail }) =>
        violation(`a ${what} is left on the server, of session ${session}: ${detail}`),
      ),
    ...history
      .all('afterwards')
      .filter(({ code }) => code !== undefined)
      .map(({ by, pid, source, name, code }) =>
        violation(`${source} in ${by} (${pid}) does not get ${name} when nobody holds it: ${code}`),
      ),
    ...history
      .all('unfinished')
      .filter(({ ops }) => ops.length > 0)
      .map(({ by, pid, ops }) =>
        violation(`${by} (${pid}) still counts calls that have not ended: ${ops.join(', ')}`, ops),
      ),
    ...checkPools(history),
  ]
}

function checkPools(history: History): Violation[] {
  const killed = new Set(history.all('worker-ended').map(({ pidOfWorker }) => pidOfWorker))
  const starts = history.all('pool').filter(({ moment }) => moment === 'start')
  return [...groupBy(history.all('pool'), ({ pid, source }) => `${source} ${pid}`).values()].flatMap((looks) => {
    const own = starts.filter((start) => looks.includes(start))
    // A process that began while the server was away saw no live connection of its own: its pools are like those of the others.
    const isBlind = own.length > 0 && own.every(({ listeners }) => listeners.length === 0)
    const before = isBlind ? starts.filter((start) => kindOf(start) === kindOf(own[0]!)) : own
    const ends = looks.filter(({ moment }) => moment === 'end')
    if (ends.length === 0 && !killed.has(looks[0]!.pid))
      return [violation(`${where(looks[0]!)}: nobody looked at it after the last call`)]
    return ends.flatMap((end) => checkPool(end, before))
  })
}

function checkPool(end: PoolEvent, starts: readonly PoolEvent[]): Violation[] {
  const { open, free, pending } = end
  const before = new Set(starts.flatMap(({ listeners }) => listeners.map(canonical)))
  const added = end.listeners.map(canonical).filter((listeners) => !before.has(listeners))
  return [
    ...(free === open ? [] : [violation(`${where(end)}: ${open} connections are open, but ${free} are free`)]),
    ...(pending === 0 ? [] : [violation(`${where(end)}: ${pending} callers wait for a connection`)]),
    ...added.map((listeners) =>
      violation(
        `${where(end)}: a free connection has listeners ${listeners}, at first ${[...before].join(' or ') || 'none was seen'}`,
      ),
    ),
  ]
}

/** Pools of one kind are numbered. */
function kindOf({ source }: PoolEvent): string {
  return source.replace(/-\d+$/, '')
}

function where({ by, pid, source }: PoolEvent): string {
  return `the pool of ${source} in ${by} (${pid})`
}

/** The same text for the same listeners: none for an event is as good as no such event. */
function canonical(listeners: Readonly<Record<string, number>>): string {
  const counted = Object.entries(listeners).filter(([, count]) => count !== 0)
  return JSON.stringify(Object.fromEntries(counted.toSorted(([a], [b]) => (a < b ? -1 : 1))))
}

function violation(message: string, ops: readonly string[] = []): Violation {
  return { rule: 3, message, ops }
}
