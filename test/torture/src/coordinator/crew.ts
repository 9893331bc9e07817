import { join } from 'node:path'
import { WORKERS } from '../accounts.js'
import type { Recorder } from '../history/recorder.js'
import type { Inspection, WorkerStart } from '../worker/protocol.js'
import { type News, type ProcessOptions, WorkerGone, WorkerProcess } from './worker-process.js'

/** The workers, by name: who is killed is followed by another. */
export class Crew {
  readonly #members = new Map<string, { process: WorkerProcess; incarnation: number }>()
  readonly #start: Omit<WorkerStart, 'name' | 'incarnation'>
  readonly #options: ProcessOptions
  readonly #recorder: Recorder
  readonly #news: News
  /** Those whose end is no surprise. */
  readonly #doomed = new WeakSet<WorkerProcess>()
  readonly #failure = new AbortController()
  #isFinishing = false

  constructor(
    start: Omit<WorkerStart, 'name' | 'incarnation'>,
    options: ProcessOptions,
    recorder: Recorder,
    news: News,
  ) {
    this.#start = start
    this.#options = options
    this.#recorder = recorder
    this.#news = news
  }

  /** Aborted, with an error that says more, when a worker has ended that nobody has killed. */
  get failure(): AbortSignal {
    return this.#failure.signal
  }

  async open(): Promise<void> {
    await Promise.all(WORKERS.map((name) => this.#add(name, 0)))
    await Promise.all(this.#processes().map((process) => process.begin()))
  }

  process(name: string): WorkerProcess | undefined {
    return this.#members.get(name)?.process
  }

  /** Kills a worker and lets another take its place. Answers when the process is gone; `replaced` when the next one works. */
  async kill(name: string): Promise<{ readonly replaced: Promise<void> }> {
    const member = this.#members.get(name)!
    const { process, incarnation } = member
    await this.#killAndRecord(name, process)
    return { replaced: this.#replace(name, incarnation + 1) }
  }

  async #replace(name: string, incarnation: number): Promise<void> {
    for (;;) {
      const process = await this.#add(name, incarnation).catch((error: Error) => error)
      if (process instanceof WorkerGone) throw process
      // The server may be down at the moment.
      if (process instanceof Error) {
        await this.#killAndRecord(name, this.#members.get(name)!.process)
        if (this.#isFinishing) return
        continue
      }
      await process.begin()
      if (this.#isFinishing) await process.finish()
      return
    }
  }

  /** Ends when every call has, or `limit` is reached. */
  async finish(limit: Promise<unknown>): Promise<void> {
    this.#isFinishing = true
    await Promise.race([limit, Promise.all(this.#processes().map((process) => process.finish()))])
  }

  inspect(): Promise<Inspection[]> {
    return Promise.all(this.#processes().map((process) => process.inspect()))
  }

  async tryAll(): Promise<void> {
    await Promise.all(this.#processes().map((process) => process.tryAll()))
  }

  async record(): Promise<void> {
    await Promise.all(this.#processes().map((process) => process.record()))
  }

  /** @param graceMs how long they may take to close their pools before they are killed */
  async end(graceMs: number): Promise<void> {
    this.#isFinishing = true
    await Promise.all(
      this.#processes().map(async (process) => {
        process.signal('SIGCONT')
        this.#doomed.add(process)
        const timer = setTimeout(() => process.signal('SIGKILL'), graceMs)
        await process.close().catch(() => {})
        process.signal('SIGKILL')
        await process.exited
        clearTimeout(timer)
      }),
    )
  }

  async #add(name: string, incarnation: number): Promise<WorkerProcess> {
    const log = join(this.#start.folder, `${name}-${incarnation}.log`)
    const process = new WorkerProcess(log, this.#options, this.#news)
    this.#members.set(name, { process, incarnation })
    void process.exited.then(() => this.#doomed.has(process) || this.#failure.abort(process.gone()))
    await process.open({ ...this.#start, name, incarnation })
    return process
  }

  async #killAndRecord(name: string, process: WorkerProcess): Promise<void> {
    this.#doomed.add(process)
    process.signal('SIGKILL')
    await process.exited
    this.#recorder.record({ type: 'worker-ended', worker: name, pidOfWorker: process.pid })
  }

  #processes(): WorkerProcess[] {
    return [...this.#members.values()].map(({ process }) => process)
  }
}
