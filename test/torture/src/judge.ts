import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { check } from './checker/check.js'
import type { Verdict } from './checker/verdict.js'
import { COORDINATOR } from './coordinator/run.js'
import type { LedgerEvent, Unstamped } from './history/events.js'
import { mergeEvents, readHistory } from './history/read.js'
import { monotonicMs } from './monotonic.js'

/** What came of a run, and on which version of the server. */
export interface Judgement extends Verdict {
  readonly version: string
}

/** Judges the history in a folder. */
export async function judge(folder: string): Promise<Judgement> {
  const events = await readHistory(historiesIn(folder))
  const version = events.find(({ type }) => type === 'run')
  return { ...check(events), version: version?.type === 'run' ? version.version : 'unknown' }
}

/**
 * Judges what a run has shown so far.
 *
 * @param ledger as it is by now: the history has it at the end only
 */
export async function judgeSoFar(folder: string, ledger: readonly Unstamped<LedgerEvent>[]): Promise<Verdict> {
  const events = await readHistory(historiesIn(folder))
  const stamp = { at: monotonicMs(), pid: process.pid, seed: 0, by: COORDINATOR }
  return check(mergeEvents([events, ledger.map((event) => ({ ...stamp, ...event }))]), { isComplete: false })
}

function historiesIn(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  return files.map((name) => join(folder, name))
}
