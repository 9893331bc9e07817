import type { LedgerEvent } from '../../history/events.js'
import { groupBy } from '../group.js'
import type { History } from '../history.js'
import type { Violation } from '../verdict.js'

/**
 * Rule 1. Every section writes what it has read plus one, so that n updates of a counter have read 0 to n - 1, each of
 * them once: two that read the same were inside at once, and a value that nobody read was written by nobody.
 */
export function checkUpdates(history: History): Violation[] {
  const rows = groupBy(history.all('ledger'), ({ name }) => name)
  if (!history.isComplete) return [...rows].flatMap(([name, own]) => duplicates(name, own))

  const counters = groupBy(history.all('counter'), ({ name }) => name)
  const names = new Set([...(history.run?.names ?? []), ...rows.keys(), ...counters.keys()])
  return [...names].flatMap((name) => {
    const own = rows.get(name) ?? []
    return [
      ...duplicates(name, own),
      ...gaps(name, own),
      ...wrongCounters(
        name,
        own.length,
        (counters.get(name) ?? []).map(({ value }) => value),
      ),
    ]
  })
}

function duplicates(name: string, rows: readonly LedgerEvent[]): Violation[] {
  return [...groupBy(rows, ({ readValue }) => readValue)]
    .filter(([, readers]) => readers.length > 1)
    .map(([value, readers]) => {
      const ops = readers.map(({ op }) => op)
      return { rule: 1, message: `${name}: ${value} was read, and committed upon, by ${ops.join(', ')}`, ops }
    })
}

function gaps(name: string, rows: readonly LedgerEvent[]): Violation[] {
  const violations: Violation[] = []
  let expected = 0
  let before: string | undefined
  for (const { op, readValue } of rows.toSorted((a, b) => a.readValue - b.readValue)) {
    const isDuplicate = before !== undefined && readValue === expected - 1
    if (readValue !== expected && !isDuplicate)
      violations.push({
        rule: 1,
        message: `${name}: after ${expected - 1} (${before ?? 'the beginning'}) the next value that was read is ${readValue} (${op}), expected ${expected}`,
        ops: before === undefined ? [op] : [before, op],
      })
    expected = readValue + 1
    before = op
  }
  return violations
}

function wrongCounters(name: string, updates: number, values: readonly number[]): Violation[] {
  if (values.length === 0)
    return [{ rule: 1, message: `${name}: nobody looked at the counter, expected ${updates}`, ops: [] }]
  return values
    .filter((value) => value !== updates)
    .map((value) => ({
      rule: 1,
      message: `${name}: the counter holds ${value} after ${updates} committed updates`,
      ops: [],
    }))
}
