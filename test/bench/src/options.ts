import type { Flavour } from '@ormutex-test/servers'

export interface BenchOptions {
  server: Flavour
  rounds: number
  /** How long each contender is measured in each round. */
  seconds: number
  /** Ids of scenarios, or null for all. */
  only: readonly string[] | null
  isQuick: boolean
  /** The folder for `benchmarks.md` and its charts, or null to write none. */
  out: string | null
  /** The file for the figures of every round, or null to write none. */
  json: string | null
  /** Ends it early: the call then rejects when everything is gone that can be waited for. */
  signal: AbortSignal
}
