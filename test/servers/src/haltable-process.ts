import type { GuardedCommand } from './guardian-protocol.js'
import type { GuardedJob } from './guarded-job.js'
import type { ServerProcess } from './running-server.js'

/** The process of a guarded job that has one after the other, each on what the one before has left. */
export class HaltableProcess implements ServerProcess {
  readonly exited
  readonly #job: GuardedJob
  readonly #resumeCommand: GuardedCommand
  readonly #answers: () => Promise<void>
  #state: 'running' | 'halting' | 'halted' | 'resuming' = 'running'

  /** Takes a job whose command runs already. `answers` waits until what runs in the job can be used. */
  constructor(job: GuardedJob, resumeCommand: GuardedCommand, answers: () => Promise<void>) {
    this.exited = job.exited
    this.#job = job
    this.#resumeCommand = resumeCommand
    this.#answers = answers
  }

  get pid() {
    return this.#job.pid
  }

  async halt(graceful: boolean) {
    this.#expect('running')
    this.#state = 'halting'
    const exit = await this.#job.halt(graceful)
    this.#state = 'halted'
    return exit
  }

  async resume() {
    this.#expect('halted')
    this.#state = 'resuming'
    await this.#job.resume(this.#resumeCommand)
    await this.#answers()
    this.#state = 'running'
  }

  #expect(state: 'running' | 'halted'): void {
    if (this.#state !== state) throw new Error(`expected a server that is ${state}, this one is ${this.#state}`)
  }
}
