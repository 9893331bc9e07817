import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ServerAddresses } from './contender.js'
import type { TaskName, Tasks } from './tasks/tasks.js'
import type { Order, Report } from './worker-protocol.js'

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url))

const END_TIMEOUT_MS = 5_000
const OPEN_TIMEOUT_MS = 60_000

/** What opens in each process: everyone who is to be measured there. */
export interface WorkersOptions {
  count: number
  contenders: readonly string[]
  servers: ServerAddresses
  poolSize: number
  signal: AbortSignal
}

/** Runs `work` with processes of its own, which are gone when it is over. */
export async function withWorkers<T>(
  { count, signal, ...open }: WorkersOptions,
  work: (workers: readonly Worker[]) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const workers = Array.from({ length: count }, (_, index) => new Worker(`Process ${index + 1}`))
  const kill = (): void => workers.forEach((worker) => worker.kill())
  signal.addEventListener('abort', kill, { once: true })
  try {
    await Promise.all(workers.map((worker) => worker.order({ type: 'open', ...open }, OPEN_TIMEOUT_MS)))
    return await work(workers)
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(`${open.contenders.join(', ')}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  } finally {
    signal.removeEventListener('abort', kill)
    await Promise.all(workers.map((worker) => worker.end()))
  }
}

/** One process. A failure in it makes the call that waits for it fail. */
export class Worker {
  readonly #name: string
  readonly #child: ChildProcess

  constructor(name: string) {
    this.#name = name
    this.#child = fork(WORKER, { serialization: 'advanced', execArgv: ['--expose-gc'] })
  }

  /** @param timeoutMs longest time that it may take, since whatever hangs would hang for ever */
  async run<Name extends TaskName>(
    task: Name,
    order: Parameters<Tasks[Name]>[1],
    timeoutMs: number,
  ): Promise<Awaited<ReturnType<Tasks[Name]>>> {
    return (await this.order({ type: 'task', task, order }, timeoutMs)) as Awaited<ReturnType<Tasks[Name]>>
  }

  order(order: Order, timeoutMs: number): Promise<unknown> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(new Error(`${this.#name} did not answer in ${timeoutMs} ms`)), timeoutMs)
      const settle = (report: Report | Error): void => {
        clearTimeout(timer)
        child.off('message', settle).off('error', settle).off('exit', onExit)
        if (report instanceof Error) reject(report)
        else if (report.type === 'failed') reject(new Error(`${this.#name} failed: ${report.message}`))
        else resolve(report.result)
      }
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
        settle(new Error(`${this.#name} ended unexpectedly with ${signal ?? code}`))
      }
      child.on('message', settle).on('error', settle).on('exit', onExit)
      if (this.#hasEnded()) onExit(child.exitCode, child.signalCode)
      else child.send(order)
    })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Lets it close its connections, and ends it whatever comes of that. */
  async end(): Promise<void> {
    const child = this.#child
    if (child.pid === undefined || this.#hasEnded()) return
    const exit = once(child, 'exit')
    await this.order({ type: 'close' }, END_TIMEOUT_MS).catch(() => {})
    if (child.connected) child.disconnect()
    const timer = setTimeout(() => this.kill(), END_TIMEOUT_MS)
    await exit
    clearTimeout(timer)
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}
