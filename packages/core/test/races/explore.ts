import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Race } from './race.js'
import type { Scenario } from './scenario.js'

/** For a longer search than every test run can afford: ORMUTEX_RACES=100 runs a hundred times as many. */
const TIMES = Number(process.env['ORMUTEX_RACES'] ?? 1)

/**
 * Runs scenarios, each in an order of events of its own; an error has the seed and the shortest scenario that goes wrong.
 * @param outcomes what calls have to come to in some of them: a race that only ever ends in one way is none
 */
export async function explore(
  scenarios: fc.Arbitrary<Scenario>,
  numRuns: number,
  outcomes: readonly string[],
): Promise<void> {
  const tally = new Map<string, number>()
  const property = fc.asyncProperty(fc.scheduler(), scenarios, async (scheduler, scenario) => {
    const race = new Race(scheduler, scenario)
    await race.run()
    for (const { outcome } of race.calls) tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
  })
  await fc.assert(property, { numRuns: numRuns * TIMES })
  const missed = outcomes.filter((outcome) => !tally.has(outcome))
  assert.deepEqual(missed, [], 'Never met')
}
