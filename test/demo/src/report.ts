import { SHARED_ACCOUNT } from './account.js'
import type { DemoOptions } from './main.js'
import { resultsTable } from './results-table.js'
import { durationMs, expectedBalance, lostUpdates, overlapMs, type RunResult } from './run-result.js'
import type { Paint, Screen } from './screen.js'
import { timeScaleFor } from './time-scale.js'
import { legend, NAME_COLUMNS, timeline } from './timeline.js'

/** Wider than this, one no longer sees it at a glance. */
const MOST_COLUMNS = 100
const FEWEST_COLUMNS = 60

const MORE = `Try others:   npm run demo -- --orm prisma --processes 8 --increments 50 --server mariadb
What they do: test/demo/src/increment.ts, and orms/ for each ORM`

export interface Results {
  without: RunResult
  with: RunResult
}

/** What is going to happen. */
export function introduction(options: Pick<DemoOptions, 'processes' | 'increments'>, paint: Paint): string {
  const { processes, increments } = options
  const times = increments === 1 ? 'once' : `${increments} times`
  return `
${paint('bold', `${processes} processes share account ${SHARED_ACCOUNT}, whose balance is 0. Each adds 1 to it, ${times}:`)}
it reads the balance, thinks for 1 to 4 ms, and writes what it read plus 1.
If nothing gets lost, the balance is ${processes * increments} at the end.
`
}

/** The numbers, and what happened at the start of each run. */
export function summary(
  results: Results,
  { paint, columns = MOST_COLUMNS }: Pick<Screen, 'paint' | 'columns'>,
): string {
  const both = [results.without, results.with]
  const width = Math.max(FEWEST_COLUMNS, Math.min(MOST_COLUMNS, columns))
  const scale = timeScaleFor(both, width - NAME_COLUMNS)
  return `
${resultsTable(both, paint)}

${paint('bold', 'Without the lock')}, the first ${scale.windowMs} ms:
${timeline(results.without, scale, paint)}

${paint('bold', 'With the lock')}, the first ${scale.windowMs} ms:
${timeline(results.with, scale, paint)}

${legend(paint)}
`
}

/** What it comes to, and whether that is as it must be. */
export function verdict(results: Results, paint: Paint): { text: string; isGood: boolean } {
  const expected = expectedBalance(results.without)
  const lost = { without: lostUpdates(results.without), with: lostUpdates(results.with) }
  const overlap = { without: overlapMs(results.without), with: overlapMs(results.with) }
  if (lost.with !== 0 || overlap.with > 0) {
    const text = `The lock has failed: with it, two or more were at work at once for ${overlap.with.toFixed(1)} ms,
and ${lostOf(lost.with, expected)}. This must never happen.`
    return { isGood: false, text: paint('red', text) }
  }
  if (lost.without === 0) {
    const text = `Without the lock nothing was lost this time. It is a race, and this one ended well by chance:
run it again, with more processes or increments.`
    return { isGood: false, text: `${paint('yellow', text)}\n${MORE}` }
  }
  const share = Math.round((overlap.without / durationMs(results.without)) * 100)
  return {
    isGood: true,
    text: `Without the lock, two or more were at work at once for ${share} % of the time,
and ${paint('red', lostOf(lost.without, expected))}. With the lock 'user:${SHARED_ACCOUNT}'
(withNamedLock, in Prisma $mutex) one was at work at a time, and ${paint('green', 'none was lost')}.

${MORE}`,
  }
}

function lostOf(lost: number, expected: number): string {
  return `${lost} of ${expected} updates ${lost === 1 ? 'was' : 'were'} lost`
}
