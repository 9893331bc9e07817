import Table from 'cli-table3'
import type { Figures } from '../checker/figures.js'
import type { Violation } from '../checker/verdict.js'
import type { Paint } from '../options.js'
import { PHASES } from '../history/events.js'
import { total } from './total.js'

/** More of one kind tell no more. */
const MOST_SHOWN = 12

/** What a run consisted of, on a few lines. */
export function summaryOf(title: string, figures: Figures, paint: Paint): string {
  const { acquisitions, ok, failed, unknown, killed, commits, violations } = figures
  const calls = total(figures.calls)
  const verdict = violations === 0 ? paint('green', 'no violation') : paint('red', `${violations} violations`)
  const lines = [
    `${paint('bold', title)}: ${verdict}`,
    `  ${calls} calls, ${acquisitions} acquisitions, ${commits} commits: ${ok} ok, ${total(failed)} fail, ` +
      `${unknown.committed} unknown and committed, ${unknown.notCommitted} unknown and not, ${killed} killed with their process`,
  ]
  return [...lines, faultTable(figures)].join('\n')
}

function faultTable({ faults }: Figures): string {
  const table = new Table({ head: ['fault', ...PHASES], style: { head: [], border: [], compact: true } })
  for (const [kind, byPhase] of Object.entries(faults).toSorted(([a], [b]) => a.localeCompare(b, 'en'))) {
    table.push([kind, ...PHASES.map((phase) => byPhase[phase] ?? '–')])
  }
  return table.toString()
}

/** @param folder where the history is */
export function violationsText(violations: readonly Violation[], folder: string, paint: Paint): string {
  const shown = violations
    .slice(0, MOST_SHOWN)
    .map(({ rule, message }) => `  ${paint('red', `rule ${rule}`)} ${message}`)
  const more = violations.length - shown.length
  return [
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  The history is in ${folder}; the same run again: npm run torture -- --schedule ${folder}/schedule.json`,
  ].join('\n')
}
