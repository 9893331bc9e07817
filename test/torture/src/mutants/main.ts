import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RuleNumber, Verdict } from '../checker/verdict.js'
import { ADAPTERS, type Adapter } from '../applications/sources.js'
import { ledgerEvents } from '../coordinator/database.js'
import { planSchedule, type Schedule } from '../coordinator/schedule.js'
import { run } from '../coordinator/run.js'
import { monotonicMs } from '../monotonic.js'
import type { Screen, TortureOptions } from '../options.js'
import { MUTANTS_SECTION, mutantsPage } from '../report/mutants-page.js'
import { replaceSection } from '../report/section.js'
import { judge, judgeSoFar } from '../judge.js'
import { applyMutant } from './apply-mutant.js'
import { findMutant, MUTANTS } from './catalogue.js'
import type { Mutant, Rule } from './mutant.js'

/** Whoever is not caught by then is not caught. */
const LONGEST_S = 60

/** How long a mutant may take to show, in seconds; then comes the end of the run, which has to be before that, too. */
const SECONDS = 42

/** The same for one that shows at the end, when what is left is looked at. */
const SECONDS_TO_THE_END = 15

/** Between two looks at a run that goes on, in milliseconds. */
const LOOK_EVERY_MS = 1_500

/** Of the checker, by what a mutant is to break: anything else that shows may have come from a busy machine. */
const RULES: Readonly<Record<Rule, RuleNumber>> = {
  'same-read': 1,
  outcome: 2,
  leftover: 3,
  late: 3,
  'array-deadlock': 3,
  'unnoticed-loss': 3,
  overlap: 4,
  token: 5,
}

/** A wrong library that was tortured. */
export interface Trial {
  readonly mutant: Mutant
  readonly schedule: Pick<Schedule, 'server' | 'adapters' | 'seed'>
  /** What was broken first; undefined when nothing was. */
  readonly caught: { readonly rules: readonly number[]; readonly message: string; readonly seconds: number } | undefined
}

/**
 * Tortures wrong libraries, one after the other.
 *
 * @param ids which; none: all
 * @returns whether every one was caught
 */
export async function runMutants(
  ids: readonly string[],
  options: Pick<TortureOptions, 'seed' | 'page' | 'signal'>,
  screen: Screen,
): Promise<boolean> {
  const trials: Trial[] = []
  for (const mutant of ids.length === 0 ? MUTANTS : ids.map(findMutant)) {
    const trial = await tryMutant(mutant, options, screen)
    const { caught } = trial
    screen.say(
      caught === undefined
        ? `${mutant.id}: ${screen.paint('red', 'not caught')}`
        : `${mutant.id}: ${screen.paint('green', 'caught')} in ${caught.seconds.toFixed(1)} s by rule ${caught.rules.join(', ')}: ${caught.message}`,
    )
    trials.push(trial)
  }
  if (options.page !== null) replaceSection(options.page, MUTANTS_SECTION, mutantsPage(trials))
  return trials.every(({ caught }) => caught !== undefined)
}

async function tryMutant(
  mutant: Mutant,
  { seed, signal }: Pick<TortureOptions, 'seed' | 'signal'>,
  screen: Screen,
): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), `ormutex-mutant-${mutant.id}-`))
  const schedule = planSchedule({
    seed: mutant.seed ?? seed,
    server: mutant.servers?.[0] ?? 'mariadb',
    adapters: adaptersOf(mutant),
    seconds: mutant.breaks.every((rule) => rule === 'leftover') ? SECONDS_TO_THE_END : SECONDS,
  })
  const expected = new Set(mutant.breaks.map((rule) => RULES[rule]))
  const startedAt = monotonicMs()
  let caught: Trial['caught']
  const look = (verdict: Verdict): boolean => {
    const violations = verdict.violations.filter(({ rule }) => expected.has(rule))
    const seconds = (monotonicMs() - startedAt) / 1_000
    if (violations.length === 0 || seconds > LONGEST_S) return false
    caught ??= { rules: [...new Set(violations.map(({ rule }) => rule))], message: violations[0]!.message, seconds }
    return true
  }
  let lookedAt = startedAt
  await run({
    schedule,
    folder,
    signal,
    process: applyMutant(mutant.id),
    onProgress: ({ seconds }) => screen.progress(`${mutant.id}: ${Math.floor(seconds)} s`),
    isShown: async (field) => {
      if (monotonicMs() - lookedAt < LOOK_EVERY_MS) return false
      const isCaught = look(await judgeSoFar(folder, await ledgerEvents(field.line)))
      lookedAt = monotonicMs()
      return isCaught
    },
  })
  if (caught === undefined) look(await judge(folder))
  rmSync(folder, { recursive: true })
  return { mutant, schedule, caught }
}

function adaptersOf({ adapters }: Mutant): readonly Adapter[] {
  if (adapters === undefined) return ADAPTERS
  return ADAPTERS.filter((adapter) => adapters.some((one) => one === adapter || one === `${adapter}-lockable`))
}
