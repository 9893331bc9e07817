import { PAIRS } from '../scenarios/pairs.js'
import { capitalised } from './figures.js'
import type { Result, Section, Table, Target } from './section.js'

const COLUMNS = PAIRS.map(({ name }) => name)

/** Every target, with a column for each ORM. */
export function targetTable(sections: readonly Section[], show: (result: Result) => string): Table {
  return {
    caption: '',
    head: ['', 'target', ...COLUMNS],
    rows: targetsOf(sections).map(({ what, limit, results }) => [
      capitalised(what),
      limit,
      ...COLUMNS.map((orm) => results.filter((result) => result.orm === orm).map(show)[0] ?? ''),
    ]),
  }
}

/** How many are met, each ORM counted by itself. */
export function targetCounts(sections: readonly Section[]): { met: number; all: number } {
  const results = targetsOf(sections).flatMap((target) => target.results)
  return { met: results.filter(({ isMet }) => isMet).length, all: results.length }
}

function targetsOf(sections: readonly Section[]): Target[] {
  return sections.flatMap((section) => section.targets)
}
