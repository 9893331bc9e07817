import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mergeFigures } from './checker/merge-figures.js'
import { planSchedule, readSchedule, type Schedule } from './coordinator/schedule.js'
import { type Progress, run, SCHEDULE_FILE } from './coordinator/run.js'
import { type Screen, SERVER_NAMES, type TortureOptions } from './options.js'
import { FIGURES_SECTION, figuresPage, type FinishedRun } from './report/figures-page.js'
import { replaceSection } from './report/section.js'
import { summaryOf, violationsText } from './report/terminal.js'
import { judge } from './judge.js'

export { ADAPTERS } from './applications/sources.js'
export { runMutants } from './mutants/main.js'

/**
 * Runs the torture test, on one server after the other, with one seed after the other; or judges runs again that were kept.
 *
 * @returns whether no run violated anything
 */
export async function runTorture(options: TortureOptions, screen: Screen): Promise<boolean> {
  const runs: FinishedRun[] = []
  for (const planned of plannedRuns(options)) runs.push(await finish(planned, options, screen))
  if (options.page !== null) replaceSection(options.page, FIGURES_SECTION, figuresPage(runs))
  const all = mergeFigures(runs.map(({ figures }) => figures))
  if (runs.length > 1) screen.say(summaryOf('All runs', all, screen.paint))
  return all.violations === 0
}

interface PlannedRun {
  readonly schedule: Schedule
  /** Where its history is to be, or is. */
  readonly folder: string
}

function plannedRuns(options: TortureOptions): PlannedRun[] {
  const { judge: kept, schedule: file, servers, seed, seeds, adapters, seconds } = options
  if (kept !== null) {
    const folders = readdirSync(kept).map((name) => join(kept, name))
    return folders.map((folder) => ({ folder, schedule: readSchedule(join(folder, SCHEDULE_FILE)) }))
  }
  const schedules =
    file !== null
      ? [readSchedule(file)]
      : servers.flatMap((server) =>
          Array.from({ length: seeds }, (_, index) => planSchedule({ seed: seed + index, server, adapters, seconds })),
        )
  return schedules.map((schedule) => ({ schedule, folder: folderFor(options, schedule) }))
}

async function finish(
  { schedule, folder }: PlannedRun,
  { judge: kept, out, signal }: TortureOptions,
  { say, progress, paint }: Screen,
): Promise<FinishedRun> {
  const title = `${SERVER_NAMES[schedule.server]}, seed ${schedule.seed}`
  if (kept === null) {
    say(`${title}: ${schedule.seconds} s with ${schedule.adapters.join(', ')}`)
    await run({ schedule, folder, signal, onProgress: (state) => progress(progressText(title, state)) })
  }
  const { violations, figures, version } = await judge(folder)
  say(summaryOf(title, figures, paint))
  if (violations.length > 0) say(violationsText(violations, folder, paint))
  else if (kept === null && out === null) rmSync(folder, { recursive: true })
  return { schedule, version, figures }
}

function folderFor({ out }: TortureOptions, { server, seed }: Schedule): string {
  if (out === null) return mkdtempSync(join(tmpdir(), `ormutex-torture-${server}-${seed}-`))
  const folder = join(out, `${server}-${seed}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

function progressText(title: string, { seconds, faults, missing }: Progress): string {
  const rest = missing.length === 0 ? '' : `, ${missing.length} kinds of faults to come`
  return `${title}: ${Math.floor(seconds)} s, ${faults} faults${rest}`
}
