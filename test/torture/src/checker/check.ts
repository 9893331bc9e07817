import type { HistoryEvent } from '../history/events.js'
import { Faults } from './faults.js'
import { figuresOf } from './figures.js'
import { History } from './history.js'
import { holdsIn } from './holds.js'
import { checkDeadlines } from './rules/deadlines.js'
import { checkDeadlocks } from './rules/deadlocks.js'
import { findOverlaps } from './rules/exclusion.js'
import { checkLedger } from './rules/ledger.js'
import { checkLosses } from './rules/losses.js'
import { checkOutcomes } from './rules/outcomes.js'
import { checkRemains } from './rules/remains.js'
import { checkTokens } from './rules/tokens.js'
import { checkUpdates } from './rules/updates.js'
import { checkVacuity } from './rules/vacuity.js'
import type { Verdict } from './verdict.js'

export interface CheckOptions {
  /**
   * Default true. False for a run that goes on: what is a violation then is one for ever, and what only a finished run can
   * show is left for later. Ledger events, where there are any, may be of a moment before or after the other events'.
   */
  readonly isComplete?: boolean
}

/**
 * What a run of the torture test has shown.
 * @param events in order of time, as `readHistory` gives them
 */
export function check(events: readonly HistoryEvent[], { isComplete = true }: CheckOptions = {}): Verdict {
  const history = new History(events, isComplete)
  const holds = holdsIn(history)
  const overlaps = findOverlaps(history, holds, new Faults(history))
  const violations = [
    ...checkUpdates(history),
    ...checkOutcomes(history),
    ...checkLedger(history),
    ...checkRemains(history),
    ...checkDeadlines(history),
    ...checkDeadlocks(history),
    ...checkLosses(history),
    ...overlaps.violations,
    ...checkTokens(history),
    ...checkVacuity(history),
  ]
  const figures = figuresOf(history, { holds, staleBeliefs: overlaps.staleBeliefs, violations: violations.length })
  return { violations, figures }
}
