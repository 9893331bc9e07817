import { markdownTable } from 'markdown-table'
import type { Trial } from '../mutants/main.js'

/** The part of the page that `mutantsPage` writes. */
export const MUTANTS_SECTION = 'mutants'

/** Which wrong libraries were caught, by what and when, as Markdown. */
export function mutantsPage(trials: readonly Trial[]): string {
  const caught = trials.filter((trial) => trial.caught !== undefined).length
  const rows = trials.map(({ mutant, schedule, caught: found }) => [
    `\`${mutant.id}\``,
    mutant.title,
    `${schedule.server}, ${schedule.adapters.length === 4 ? 'all' : schedule.adapters.join(', ')}, ${schedule.seed}`,
    found === undefined ? '**none**' : found.rules.join(', '),
    found === undefined ? '**not caught**' : `${found.seconds.toFixed(1)} s`,
  ])
  return [
    `${caught} of ${trials.length} are caught. The time includes starting the server and the processes.`,
    markdownTable([['mutant', 'what is wrong', 'server, adapters, seed', 'rules broken', 'caught after'], ...rows]),
  ].join('\n\n')
}
