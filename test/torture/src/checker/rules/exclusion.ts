import { WAIT_TIMEOUT_MS } from '../../limits.js'
import type { Faults } from '../faults.js'
import type { History } from '../history.js'
import type { Hold } from '../holds.js'
import type { Violation } from '../verdict.js'

/** How long a call believed that it had a lock which another had been granted meanwhile. */
export interface StaleBelief {
  readonly name: string
  readonly ops: readonly [earlier: string, later: string]
  readonly ms: number
  /** Of the last fault that had met either. */
  readonly faultKind: string
}

export interface Overlaps {
  readonly violations: readonly Violation[]
  readonly staleBeliefs: readonly StaleBelief[]
}

/**
 * Rule 4: no two are inside at once that no fault has met; nor two that have both committed, whatever has met them, where
 * only a lock's own session commits: both sessions have lived until then. Any other overlap is no violation, but a figure:
 * who has lost a lock learns of it late.
 */
export function findOverlaps(history: History, holds: ReadonlyMap<string, readonly Hold[]>, faults: Faults): Overlaps {
  const fencedNames = new Set(history.run?.fencedNames)
  const violations: Violation[] = []
  const staleBeliefs: StaleBelief[] = []

  for (const [name, own] of holds) {
    const judged = own.map((hold) => ({
      ...hold,
      isSpared: faults.spared(hold.call) && !mayHaveIdledOut(hold),
      isCommitted: !fencedNames.has(name) && hold.call.wrote(name),
    }))
    // Whoever overlaps with any earlier one overlaps with the one that lasts longest: no other needs to be looked at.
    let longest: Judged | undefined
    let longestSpared: Judged | undefined
    let longestCommitted: Judged | undefined
    for (const later of judged) {
      for (const earlier of new Set([longestSpared, longestCommitted, longest])) {
        if (earlier === undefined || later.from >= earlier.to) continue
        const reason = reasonAgainst(earlier, later)
        if (reason !== undefined) violations.push(violationOf(earlier, later, reason))
        else if (earlier === longest) staleBeliefs.push(...staleBeliefOf(earlier, later, faults))
      }
      longest = longerOf(longest, later)
      if (later.isSpared) longestSpared = longerOf(longestSpared, later)
      if (later.isCommitted) longestCommitted = longerOf(longestCommitted, later)
    }
  }
  return { violations, staleBeliefs }
}

/** How long a hold may have been without a statement before the server ends its session, less what a busy machine is late by. */
const IDLE_MS = WAIT_TIMEOUT_MS - 250

/** Nobody struck it, but the server's own limit may have. */
function mayHaveIdledOut({ from, to }: Hold): boolean {
  return to - from >= IDLE_MS
}

interface Judged extends Hold {
  /** No fault has met the call. */
  readonly isSpared: boolean
  /** The call has committed to the name, which it could only while it had the lock. */
  readonly isCommitted: boolean
}

function longerOf(one: Judged | undefined, other: Judged): Judged {
  return one !== undefined && one.to >= other.to ? one : other
}

function reasonAgainst(one: Judged, other: Judged): string | undefined {
  if (one.isCommitted && other.isCommitted) return 'both have committed'
  if (one.isSpared && other.isSpared) return 'no fault had met either'
  return undefined
}

function violationOf(earlier: Judged, later: Judged, reason: string): Violation {
  const [one, other] = [earlier, later].map(({ call, from, to }) => `${call.op} (${from} to ${to})`)
  const message = `${later.name}: ${one} and ${other} were inside at once, ${reason}`
  return { rule: 4, message, ops: [earlier.call.op, later.call.op] }
}

/** None in an unfinished run, where the fault may not be known yet. */
function staleBeliefOf(earlier: Hold, later: Hold, faults: Faults): StaleBelief[] {
  const until = Math.min(earlier.to, later.to)
  const struck = [earlier, later].flatMap(({ call }) => faults.met(call, until) ?? faults.met(call, Infinity) ?? [])
  const idledOut = [earlier, later].some(mayHaveIdledOut) ? 'wait-timeout' : undefined
  const faultKind = struck.toSorted((a, b) => b.at - a.at)[0]?.kind ?? idledOut
  if (faultKind === undefined) return []
  const ops = [earlier.call.op, later.call.op] as const
  return [{ name: later.name, ops, ms: until - later.from, faultKind }]
}
