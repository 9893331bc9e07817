import { cpus, totalmem } from 'node:os'
import { markdownTable } from 'markdown-table'
import { distributionOf } from '../checker/distribution.js'
import type { Figures } from '../checker/figures.js'
import { groupBy } from '../checker/group.js'
import { mergeFigures } from '../checker/merge-figures.js'
import type { Schedule } from '../coordinator/schedule.js'
import { PHASES } from '../history/events.js'
import { SERVER_NAMES } from '../options.js'
import { total } from './total.js'

/** The part of the page that `figuresPage` writes. */
export const FIGURES_SECTION = 'figures'

/** A run that is over. */
export interface FinishedRun {
  readonly schedule: Schedule
  readonly version: string
  readonly figures: Figures
}

/** What a long run came to, as Markdown. */
export function figuresPage(runs: readonly FinishedRun[]): string {
  const byServer = [...groupBy(runs, ({ schedule, version }) => `${SERVER_NAMES[schedule.server]} ${version}`)]
  const all = figuresOf(runs)
  const columns = [...byServer.map(([server, own]) => [server, figuresOf(own)] as const), ['together', all] as const]
  return [
    introduction(runs),
    table([
      ['', ...columns.map(([server]) => server)],
      ...ROWS.map(([title, value]) => [title, ...columns.map(([, figures]) => value(figures))]),
    ]),
    'Why calls failed:',
    table([
      ['code', 'calls'],
      ...Object.entries(all.failed)
        .toSorted(([, a], [, b]) => b - a)
        .map(([code, count]) => [`\`${code}\``, String(count)]),
    ]),
    'Faults, by the phase of the call that they struck:',
    table([
      ['fault', ...PHASES],
      ...rowsOf(all.faults, (counts) => PHASES.map((phase) => String(counts[phase] ?? '–'))),
    ]),
    'How long it took, after a fault had struck a holder or a COMMIT for which another process was waiting, until the next call was granted the lock:',
    table([['fault', 'times', 'p50', 'p99', 'worst'], ...rowsOf(all.takeOverMs, distribution)]),
    'How long a call believed that it held a lock which another had been granted already:',
    table([['last fault', 'times', 'p50', 'p99', 'worst'], ...rowsOf(all.staleBeliefMs, distribution)]),
  ].join('\n\n')
}

function figuresOf(runs: readonly FinishedRun[]): Figures {
  return mergeFigures(runs.map(({ figures }) => figures))
}

function introduction(runs: readonly FinishedRun[]): string {
  const seeds = runs.map(({ schedule }) => schedule.seed)
  const seconds = Math.min(...runs.map(({ schedule }) => schedule.seconds))
  const adapters = [...new Set(runs.flatMap(({ schedule }) => schedule.adapters))]
  const memory = Math.round(totalmem() / 2 ** 30)
  return (
    `Seeds ${Math.min(...seeds)} to ${Math.max(...seeds)}, at least ${seconds} s each, with ${adapters.join(', ')}; Node ` +
    `${process.versions.node}, ${cpus().length} processors (${cpus()[0]?.model.trim()}), ${memory} GiB.`
  )
}

type Row = readonly [title: string, value: (figures: Figures) => string]

const ROWS: readonly Row[] = [
  ['runs', ({ runs }) => String(runs)],
  ['calls', ({ calls }) => String(total(calls))],
  ['acquisitions', ({ acquisitions }) => String(acquisitions)],
  ['commits', ({ commits }) => String(commits)],
  ['faults', ({ faults }) => String(Object.values(faults).reduce((all, counts) => all + total(counts), 0))],
  ['ok', ({ ok }) => String(ok)],
  ['fail', ({ failed }) => String(total(failed))],
  ['unknown, had committed', ({ unknown }) => String(unknown.committed)],
  ['unknown, had not', ({ unknown }) => String(unknown.notCommitted)],
  ['ended with their process', ({ killed }) => String(killed)],
  ['**violations**', ({ violations }) => `**${violations}**`],
  ['longest wait to a grant', ({ longestWait }) => (longestWait === null ? '–' : ms(longestWait.ms))],
  ['longest stale belief', ({ longestStaleBelief }) => (longestStaleBelief === null ? '–' : ms(longestStaleBelief.ms))],
]

function table(rows: readonly (readonly string[])[]): string {
  return markdownTable(rows, { align: rows[0]!.map((_, index) => (index === 0 ? 'l' : 'r')) })
}

function rowsOf<Value>(
  values: Readonly<Record<string, Value>>,
  cells: (value: Value) => readonly string[],
): (readonly string[])[] {
  return Object.entries(values)
    .toSorted(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([kind, value]) => [kind, ...cells(value)])
}

function distribution(samples: readonly number[]): string[] {
  const found = distributionOf(samples)
  return found === undefined
    ? ['0', '–', '–', '–']
    : [String(found.count), ms(found.p50), ms(found.p99), ms(found.worst)]
}

function ms(value: number): string {
  return value < 1_000 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(value / 1_000).toFixed(2)} s`
}
