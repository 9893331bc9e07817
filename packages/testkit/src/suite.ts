import type { Environment } from './environment.js'
import type { Capabilities, Harness } from './harness.js'
import { Crew } from './processes/crew.js'
import type { Runner } from './runner.js'
import { Stage } from './stage.js'
import { within } from './support/within.js'

/** Longest time for one case, in milliseconds: so a case that hangs is told by its own name, and what it had open is closed. */
const CASE_MS = 45_000

/** Declares cases, each on a stage of its own. */
export class Suite<Tx> {
  readonly harness: Harness<Tx>
  readonly #runner: Runner
  readonly #environment: () => Environment | undefined
  readonly #crew = new Crew()

  constructor(harness: Harness<Tx>, runner: Runner, environment: () => Environment | undefined) {
    this.harness = harness
    this.#runner = runner
    this.#environment = environment
  }

  get capabilities(): Required<Capabilities> {
    return { direct: true, reopens: false, ...this.harness.capabilities }
  }

  describe(title: string, body: () => void): void {
    this.#runner.describe(title, body)
  }

  /** Ends the processes that the cases of a `describe` have used, after the last of them. */
  endsProcesses(): void {
    this.#runner.after(() => this.#crew.dismiss())
  }

  /** Declares a case. It passes when `body` does and nothing of it is left. */
  it(title: string, body: (stage: Stage<Tx>) => Promise<void>): void {
    this.#runner.it(title, async () => {
      const stage = new Stage(this.harness, this.#environment(), this.#crew)
      await stage.prepare()
      try {
        await within(CASE_MS, 'The case', body(stage))
        await stage.assertClean()
      } catch (error) {
        // What closing says afterwards follows from it.
        await stage.close().catch(() => {})
        throw error
      }
      await stage.close()
    })
  }

  /** Declares a case that only a backend with a server can be put to. */
  itOnServer(title: string, body: (stage: Stage<Tx>) => Promise<void>): void {
    if (this.capabilities.server) this.it(title, body)
  }

  /** Declares a case about what only sessions that are the driver's own connections can notice or leave out. */
  itWhereDirect(title: string, body: (stage: Stage<Tx>) => Promise<void>): void {
    if (this.capabilities.direct) this.it(title, body)
  }
}
