import type { CallKind } from '../history/events.js'
import type { History } from './history.js'
import type { Hold } from './holds.js'
import type { StaleBelief } from './rules/exclusion.js'
import { takeOversIn } from './take-over.js'
import { groupBy } from './group.js'

type Counts = Readonly<Record<string, number>>
/** Milliseconds, each measured once. */
type Samples = Readonly<Record<string, readonly number[]>>

interface LongestWait {
  readonly seed: number
  readonly op: string
  readonly ms: number
}

interface LongestStaleBelief extends StaleBelief {
  readonly seed: number
}

/** What a run, or several, consisted of. Plain data with raw samples, so that those of several runs can be put together. */
export interface Figures {
  readonly runs: number
  /** From the first call to the last event of a call. */
  readonly seconds: number
  /** Calls, by kind. */
  readonly calls: Counts
  /** Grants; a call that joins a transaction may have several. */
  readonly acquisitions: number
  /** Calls that the ledger has. */
  readonly commits: number
  readonly ok: number
  /** By code. */
  readonly failed: Counts
  readonly unknown: { readonly committed: number; readonly notCommitted: number }
  /** Calls whose worker was killed before they had settled. */
  readonly killed: number
  /** By kind, then by phase. */
  readonly faults: Readonly<Record<string, Counts>>
  readonly violations: number
  /** From a fault to the next grant of what it had struck, by kind of fault. */
  readonly takeOverMs: Samples
  readonly longestWait: LongestWait | null
  /** By kind of fault. */
  readonly staleBeliefMs: Samples
  readonly longestStaleBelief: LongestStaleBelief | null
}

interface Findings {
  readonly holds: ReadonlyMap<string, readonly Hold[]>
  readonly staleBeliefs: readonly StaleBelief[]
  readonly violations: number
}

export function figuresOf(history: History, { holds, staleBeliefs, violations }: Findings): Figures {
  const calls = [...history.calls.values()]
  const outcomes = groupBy(calls, ({ settled }) => settled?.type)
  const unknown = outcomes.get('unknown') ?? []
  const committed = unknown.filter(({ rows }) => rows.length > 0).length
  const acquired = history.all('acquired')
  return {
    runs: 1,
    seconds: secondsOf(history),
    calls: countsBy(calls, ({ invoke }): CallKind => invoke.kind),
    acquisitions: acquired.length,
    commits: calls.filter(({ rows }) => rows.length > 0).length,
    ok: outcomes.get('ok')?.length ?? 0,
    failed: countsBy(
      calls.flatMap(({ settled }) => (settled?.type === 'fail' ? settled : [])),
      ({ code }) => code,
    ),
    unknown: { committed, notCommitted: unknown.length - committed },
    killed: (outcomes.get(undefined) ?? []).filter(({ diedAt }) => diedAt !== undefined).length,
    faults: Object.fromEntries(
      [...groupBy(history.all('fault'), ({ kind }) => kind)].map(([kind, faults]) => [
        kind,
        countsBy(faults, ({ phase }) => phase),
      ]),
    ),
    violations,
    takeOverMs: samplesBy(takeOversIn(history, holds)),
    longestWait: longestOf(acquired.map(({ seed, op, waitedMs }) => ({ seed, op, ms: waitedMs }))),
    staleBeliefMs: samplesBy(staleBeliefs),
    longestStaleBelief: longestOf(staleBeliefs.map((belief) => ({ seed: history.events[0]!.seed, ...belief }))),
  }
}

function secondsOf(history: History): number {
  const calls = [...history.calls.values()]
  const first = calls[0]?.invoke.at ?? 0
  const last = calls.reduce((latest, { invoke, endedAt }) => Math.max(latest, endedAt ?? invoke.at), first)
  return (last - first) / 1_000
}

function countsBy<Value>(values: readonly Value[], keyOf: (value: Value) => string): Counts {
  return Object.fromEntries([...groupBy(values, keyOf)].map(([key, group]) => [key, group.length]))
}

function samplesBy(measured: readonly { readonly faultKind: string; readonly ms: number }[]): Samples {
  const groups = groupBy(measured, ({ faultKind }) => faultKind)
  return Object.fromEntries([...groups].map(([kind, group]) => [kind, group.map(({ ms }) => ms)]))
}

function longestOf<Measured extends { readonly ms: number }>(measured: readonly Measured[]): Measured | null {
  return measured.reduce<Measured | null>((longest, one) => (longest && longest.ms >= one.ms ? longest : one), null)
}
