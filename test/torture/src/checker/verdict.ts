import type { Figures } from './figures.js'

/**
 * 1: no update is lost, none is made twice. 2: what a call reports is what the ledger has. 3: nothing is left behind, no
 * call outlives its deadline, none meets a deadlock that cannot be, every loss is told. 4: no two are inside at once. 5: tokens grow. 6: the run proves something.
 */
export type RuleNumber = 1 | 2 | 3 | 4 | 5 | 6

/** A promise that was broken. */
export interface Violation {
  readonly rule: RuleNumber
  /** With names, ops and values: enough to find the place in the history. */
  readonly message: string
  readonly ops: readonly string[]
}

export interface Verdict {
  /** In the order of the rules. */
  readonly violations: readonly Violation[]
  readonly figures: Figures
}
