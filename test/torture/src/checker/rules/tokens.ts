import type { LedgerEvent } from '../../history/events.js'
import { groupBy } from '../group.js'
import type { History } from '../history.js'
import { countUpTo } from '../spans.js'
import type { Violation } from '../verdict.js'

interface Granted {
  readonly row: LedgerEvent
  readonly token: bigint
  /** How often the server had started before. */
  readonly life: number
}

/** Rule 5: within one life of the server, whoever commits later on a name was granted it with a higher token. */
export function checkTokens(history: History): Violation[] {
  const starts = history.all('server-starting').map(({ at }) => ({ from: at }))
  const violations: Violation[] = []
  const granted: Granted[] = []
  for (const call of history.calls.values())
    for (const row of call.rows) {
      const at = call.acquiredFor(row.name)[0]?.at
      // Without a grant it is another rule's case; and a start of the server may not be known yet.
      if (at === undefined || at > history.faultsKnownUntil) continue
      if (/^\d+$/.test(row.token)) granted.push({ row, token: BigInt(row.token), life: countUpTo(starts, at) })
      else violations.push(violation(row, `has token ${row.token}, which is no whole number`, [row.op]))
    }
  const byNameAndLife = groupBy(granted, ({ row, life }) => `${life} ${row.name}`)
  return [...violations, ...[...byNameAndLife.values()].flatMap(checkOrder)]
}

function checkOrder(granted: readonly Granted[]): Violation[] {
  const inOrder = granted.toSorted((a, b) => a.row.readValue - b.row.readValue || compare(a.token, b.token))
  return inOrder.slice(1).flatMap(({ row, token }, index) => {
    const before = inOrder[index]!
    if (before.token < token) return []
    const earlier = `${before.row.op} had read ${before.row.readValue} with ${before.token}`
    return [violation(row, `read ${row.readValue} with token ${token}, ${earlier}`, [before.row.op, row.op])]
  })
}

/** For two that read the same, of which none is the earlier. */
function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : Number(one > other)
}

function violation({ name, op }: LedgerEvent, what: string, ops: readonly string[]): Violation {
  return { rule: 5, message: `${name}: ${op} ${what}`, ops }
}
