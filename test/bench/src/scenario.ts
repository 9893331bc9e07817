import type { Bench } from './bench.js'
import type { Section } from './report/section.js'
import type { Samples } from './samples.js'

/** One thing that is measured, and what is to be said of it. */
export interface Scenario {
  id: string
  title: string
  /** Everyone who takes part, by id. */
  contenders: readonly string[]
  /** @param log says how far it is */
  run(bench: Bench, samples: Samples, log: (line: string) => void): Promise<void>
  section(samples: Samples): Section
}
