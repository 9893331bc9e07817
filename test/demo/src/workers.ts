import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ownAccount, SHARED_ACCOUNT, type Access } from './account.js'
import type { Orm } from './application.js'
import { now } from './clock.js'
import type { Way } from './increment.js'
import type { Operation } from './operation.js'
import type { Order, Report } from './worker-protocol.js'

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url))

/** Enough for the order to reach every worker, so that all start at the same moment. */
const START_DELAY_MS = 50
const END_TIMEOUT_MS = 2_000

type DoneReport = Extract<Report, { type: 'done' }>

/** Operating-system processes that do the work. One that fails makes the call that waits for it fail. */
export class Workers {
  readonly #orms: readonly Orm[]
  readonly #children: ChildProcess[]

  /** @param orms what each of them uses */
  constructor(orms: readonly Orm[], signal: AbortSignal) {
    signal.throwIfAborted()
    this.#orms = orms
    this.#children = orms.map(() => fork(WORKER))
    signal.addEventListener('abort', () => void this.end(), { once: true })
  }

  /** Answers when every one of them is ready to run. */
  async connect(access: Access): Promise<void> {
    await this.#askAll((index) => ({ type: 'connect', orm: this.#orms[index]!, access, ownAccount: ownAccount(index) }))
  }

  /** Starts all at the same moment and answers what each of them did. */
  async run(way: Way, increments: number): Promise<Operation[][]> {
    const startAt = now() + START_DELAY_MS
    const reports = await this.#askAll(() => ({ type: 'run', way, account: SHARED_ACCOUNT, increments, startAt }))
    return reports.map((report) => (report as DoneReport).operations)
  }

  /** Ends all of them, whatever they are doing, and answers when they are gone. */
  async end(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.pid === undefined || hasEnded(child)) return
        const exit = once(child, 'exit')
        if (child.connected) child.disconnect()
        const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
        await exit
        clearTimeout(timer)
      }),
    )
  }

  #askAll(orderFor: (index: number) => Order): Promise<Report[]> {
    return Promise.all(this.#children.map((child, index) => ask(child, `Process ${index + 1}`, orderFor(index))))
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Sends an order and answers its report. */
function ask(child: ChildProcess, name: string, order: Order): Promise<Report> {
  return new Promise((resolve, reject) => {
    const settle = (result: Report | Error): void => {
      child.off('message', onMessage).off('error', settle).off('exit', onExit)
      if (result instanceof Error) reject(result)
      else resolve(result)
    }
    const onMessage = (report: Report): void => {
      settle(report.type === 'failed' ? new Error(`${name} failed: ${report.message}`) : report)
    }
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
      settle(new Error(`${name} ended unexpectedly with ${signal ?? code}`))
    }
    child.on('message', onMessage).on('error', settle).on('exit', onExit)
    if (hasEnded(child)) onExit(child.exitCode, child.signalCode)
    else child.send(order)
  })
}
