import { CLOSE_MS, within } from '../support/within.js'
import { WorkerProcess } from './worker-process.js'

/** Worker processes that serve one case after the other: to start one costs more than most of what it is asked. */
export class Crew {
  readonly #idle: WorkerProcess[] = []

  /** A process without a source. */
  take(harnessUrl: string): WorkerProcess {
    return this.#idle.pop() ?? new WorkerProcess(harnessUrl)
  }

  /** Closes the source of a process and keeps that for others; one that was killed, or cannot do so, is ended. */
  async giveBack(worker: WorkerProcess): Promise<void> {
    try {
      await within(CLOSE_MS, 'Closing the source of a process', worker.call('close', undefined))
      this.#idle.push(worker)
    } catch {
      await end(worker)
    }
  }

  /** Ends all that nobody uses. */
  async dismiss(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(end))
  }
}

async function end(worker: WorkerProcess): Promise<void> {
  worker.kill()
  await worker.ended
}
