import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Inspection, Order, Report, Struck, Unknown, WorkerStart } from '../worker/protocol.js'

const WORKER = fileURLToPath(new URL('../worker/worker.js', import.meta.url))

/** How a worker's process is made, besides what it is told. */
export interface ProcessOptions {
  readonly execArgv: readonly string[]
  readonly env: Readonly<NodeJS.ProcessEnv>
}

/** What workers tell unasked. */
export interface News {
  onStruck(struck: Struck['struck']): void
  onUnknown(op: string): void
}

/** A worker, as long as it lives. */
export class WorkerProcess {
  readonly pid: number
  /** Resolves when the process has ended, however that came. */
  readonly exited: Promise<void>
  readonly #child: ChildProcess
  readonly #news: News
  readonly #waiting = new Map<number, (report: Report | Error) => void>()
  readonly #logFile: string
  #orders = 0

  /** @param logFile gets what the process prints: ORMs say there that connections break, which is what is wanted here */
  constructor(logFile: string, { execArgv, env }: ProcessOptions, news: News) {
    this.#logFile = logFile
    this.#news = news
    const log = openSync(logFile, 'a')
    const child = fork(WORKER, {
      execArgv: [...execArgv],
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    this.#child = child
    this.pid = child.pid ?? 0
    this.exited = once(child, 'exit').then(() => this.#end())
    child.on('message', (message: Report | Struck | Unknown) => this.#hear(message))
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async open(start: WorkerStart): Promise<void> {
    await this.#order({ type: 'open', start })
  }

  async begin(): Promise<void> {
    await this.#order({ type: 'begin' })
  }

  async exhaust(ms: number): Promise<void> {
    await this.#order({ type: 'exhaust', ms })
  }

  async setClock(offsetMs: number): Promise<void> {
    await this.#order({ type: 'clock', offsetMs })
  }

  async finish(): Promise<void> {
    await this.#order({ type: 'finish' })
  }

  async inspect(): Promise<Inspection> {
    return (await this.#order({ type: 'inspect' })) as Inspection
  }

  async tryAll(): Promise<void> {
    await this.#order({ type: 'try-all' })
  }

  async record(): Promise<void> {
    await this.#order({ type: 'record' })
  }

  async close(): Promise<void> {
    await this.#order({ type: 'close' })
  }

  /** `SIGKILL`, `SIGSTOP`, `SIGCONT`. */
  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.#child.kill(signal)
  }

  /** Rejects when the worker ends before it has answered. */
  #order(order: Order): Promise<unknown> {
    const id = ++this.#orders
    return new Promise((resolve, reject) => {
      const settle = (report: Report | Error): void => {
        this.#waiting.delete(id)
        if (report instanceof Error) reject(report)
        else if (report.error !== undefined) reject(new Error(`${order.type}: ${report.error}`))
        else resolve(report.result)
      }
      this.#waiting.set(id, settle)
      if (this.hasEnded) settle(this.gone())
      else this.#child.send({ id, order }, (error) => error && settle(this.gone()))
    })
  }

  #hear(message: Report | Struck | Unknown): void {
    if ('struck' in message) this.#news.onStruck(message.struck)
    else if ('unknown' in message) this.#news.onUnknown(message.unknown)
    else this.#waiting.get(message.id)?.(message)
  }

  #end(): void {
    for (const settle of this.#waiting.values()) settle(this.gone())
  }

  /** An error that says how it ended. */
  gone(): WorkerGone {
    const how = this.#child.signalCode ?? this.#child.exitCode
    return new WorkerGone(`A worker ended with ${how}; its last words are in ${this.#logFile}`)
  }
}

/** Of an order that the worker did not live to answer. */
export class WorkerGone extends Error {}
