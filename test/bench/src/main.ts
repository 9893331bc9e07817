import { writeFile } from 'node:fs/promises'
import { Bench } from './bench.js'
import { now } from './clock.js'
import { contender } from './contenders/catalog.js'
import { Database } from './database.js'
import { describeMachine } from './machine.js'
import type { BenchOptions } from './options.js'
import { factsOf } from './report/facts.js'
import { summary } from './report/terminal.js'
import { writePage } from './report/write-page.js'
import { Samples } from './samples.js'
import type { Scenario } from './scenario.js'
import { SCENARIOS } from './scenarios/index.js'
import type { Screen } from './screen.js'
import { startServers } from './servers.js'
import { libraryVersions } from './versions.js'

export type { BenchOptions } from './options.js'

/** What `only` can name. */
export const SCENARIO_IDS: readonly string[] = SCENARIOS.map(({ id }) => id)

const MS_PER_MINUTE = 60_000

/** Starts servers, measures, prints what came of it and writes the page. Rejects when a lock let two in at once. */
export async function runBench(options: BenchOptions, screen: Screen): Promise<void> {
  const startedAt = now()
  const scenarios = SCENARIOS.filter(({ id }) => options.only === null || options.only.includes(id))
  const needs = new Set(scenarios.flatMap(({ contenders }) => contenders.flatMap((id) => contender(id).needs)))
  const { addresses, versions, stop } = await startServers(options.server, needs, screen)
  try {
    const database = await Database.open(addresses.database)
    try {
      const bench = new Bench({ ...options, servers: addresses, database })
      const measured = await measureAll(scenarios, bench, screen)
      const sections = measured.map(({ scenario, samples }) => scenario.section(samples))
      console.log(summary(sections, screen.paint))
      const facts = factsOf({
        options,
        scenarios,
        machine: describeMachine(),
        servers: versions,
        libraries: libraryVersions(),
        storage: await database.storage(),
        minutes: (now() - startedAt) / MS_PER_MINUTE,
      })
      if (options.json !== null) {
        const rounds = measured.flatMap(({ samples }) => samples.all)
        await writeFile(options.json, `${JSON.stringify({ facts, rounds }, null, 2)}\n`)
      }
      if (options.out !== null) await writePage(options.out, sections, facts)
    } finally {
      await database.close()
    }
  } finally {
    await stop()
  }
}

async function measureAll(
  scenarios: readonly Scenario[],
  bench: Bench,
  { step }: Screen,
): Promise<{ scenario: Scenario; samples: Samples }[]> {
  const measured: { scenario: Scenario; samples: Samples }[] = []
  for (const scenario of scenarios) {
    const samples = new Samples(scenario.id)
    await step(scenario.title, (log) => scenario.run(bench, samples, log))
    measured.push({ scenario, samples })
  }
  return measured
}
