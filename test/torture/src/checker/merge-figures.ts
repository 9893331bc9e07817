import type { Figures } from './figures.js'

const NOTHING: Figures = {
  runs: 0,
  seconds: 0,
  calls: {},
  acquisitions: 0,
  commits: 0,
  ok: 0,
  failed: {},
  unknown: { committed: 0, notCommitted: 0 },
  killed: 0,
  faults: {},
  violations: 0,
  takeOverMs: {},
  longestWait: null,
  staleBeliefMs: {},
  longestStaleBelief: null,
}

/** The figures of all runs together. */
export function mergeFigures(list: readonly Figures[]): Figures {
  return list.reduce(mergeTwo, NOTHING)
}

function mergeTwo(one: Figures, other: Figures): Figures {
  return {
    runs: one.runs + other.runs,
    seconds: one.seconds + other.seconds,
    calls: mergeRecords(one.calls, other.calls, add),
    acquisitions: one.acquisitions + other.acquisitions,
    commits: one.commits + other.commits,
    ok: one.ok + other.ok,
    failed: mergeRecords(one.failed, other.failed, add),
    unknown: {
      committed: one.unknown.committed + other.unknown.committed,
      notCommitted: one.unknown.notCommitted + other.unknown.notCommitted,
    },
    killed: one.killed + other.killed,
    faults: mergeRecords(one.faults, other.faults, (a, b) => mergeRecords(a, b, add)),
    violations: one.violations + other.violations,
    takeOverMs: mergeRecords(one.takeOverMs, other.takeOverMs, (a, b) => [...a, ...b]),
    longestWait: longer(one.longestWait, other.longestWait),
    staleBeliefMs: mergeRecords(one.staleBeliefMs, other.staleBeliefMs, (a, b) => [...a, ...b]),
    longestStaleBelief: longer(one.longestStaleBelief, other.longestStaleBelief),
  }
}

function add(one: number, other: number): number {
  return one + other
}

function mergeRecords<Value>(
  one: Readonly<Record<string, Value>>,
  other: Readonly<Record<string, Value>>,
  merge: (one: Value, other: Value) => Value,
): Record<string, Value> {
  const merged = { ...one }
  for (const [key, value] of Object.entries(other)) {
    const known = merged[key]
    merged[key] = known === undefined ? value : merge(known, value)
  }
  return merged
}

function longer<Measured extends { readonly ms: number }>(
  one: Measured | null,
  other: Measured | null,
): Measured | null {
  return one !== null && (other === null || one.ms >= other.ms) ? one : other
}
