import { spawn, type ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Exit, Job, Order, Report } from './guardian-protocol.js'
import type { Log } from './log.js'
import { ownedName } from './owned-directory.js'

const GUARDIAN = fileURLToPath(new URL('guardian.js', import.meta.url))

/** What is left of a job when it ends before anybody asked for that. */
export class JobEnded extends Error {
  override readonly name = 'JobEnded'
  readonly exit: Exit

  constructor(message: string, exit: Exit) {
    super([message, ...exit.log].join('\n  '))
    this.exit = exit
  }
}

/** This process's end of a guardian: starts it, gives it a job and hears from it. */
export class GuardedJob {
  readonly directory: string
  readonly guardianPid: number
  /** The guarded command's, once it runs. */
  pid: number | undefined
  /** Resolves when the command has ended, by itself or not. */
  readonly exited: Promise<Exit>
  /** Resolves when nothing is left: no process and no directory. */
  readonly done: Promise<void>

  readonly #guardian: ChildProcess & { stdin: Writable; stdout: Readable }
  #resolveExited!: (exit: Exit) => void
  #failure = ''
  #hasSaidDone = false

  constructor(kind: string, parent: string, log: Log) {
    const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...env } = process.env
    const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore']
    // Detached: what a terminal sends to its processes must not end the guardian before its work is done.
    const guardian = spawn(process.execPath, [GUARDIAN], { cwd: '/', detached: true, env, stdio })
    if (guardian.pid === undefined) throw new Error(`${process.execPath} does not start`)
    this.#guardian = guardian
    this.guardianPid = guardian.pid
    this.directory = join(parent, ownedName(kind, guardian.pid))
    this.exited = new Promise((resolve) => (this.#resolveExited = resolve))
    guardian.stdin.on('error', () => {})
    createInterface({ input: guardian.stdout }).on('line', (line) => this.#hear(JSON.parse(line) as Report, log))
    this.done = new Promise((resolve) => {
      guardian.on('close', () => void this.#tidyAfterGuardian().then(resolve))
    })
  }

  start(job: Omit<Job, 'directory'>): void {
    this.#send({ type: 'start', job: { ...job, directory: this.directory } })
  }

  /** Lets this process end without waiting for the job, which then ends with it. */
  unref(): void {
    this.#guardian.unref()
    // The pipes to a child are sockets, whatever their types say.
    for (const pipe of [this.#guardian.stdin, this.#guardian.stdout]) (pipe as Socket).unref()
  }

  /** Graceful asks the command to end by itself first; otherwise it is killed, which is all that lost data needs. */
  async stop(graceful: boolean): Promise<void> {
    this.#guardian.ref()
    for (const pipe of [this.#guardian.stdin, this.#guardian.stdout]) (pipe as Socket).ref()
    this.#send({ type: 'stop', graceful })
    await this.done
  }

  #send(order: Order): void {
    this.#guardian.stdin.write(`${JSON.stringify(order)}\n`)
  }

  #hear(report: Report, log: Log): void {
    if (report.type === 'line') log(report.text)
    else if (report.type === 'started') this.pid = report.pid
    else if (report.type === 'failed') this.#failure = report.message
    else if (report.type === 'done') this.#hasSaidDone = true
    else this.#resolveExited({ code: report.code, signal: report.signal, log: report.log })
  }

  /** The guardian itself may be killed, and then its work is left to this process. */
  async #tidyAfterGuardian(): Promise<void> {
    if (!this.#hasSaidDone) {
      try {
        if (this.pid !== undefined) process.kill(this.pid, 'SIGKILL')
      } catch {
        // It ended first.
      }
      await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    }
    this.#resolveExited({ code: null, signal: null, log: this.#failure === '' ? [] : [this.#failure] })
  }
}
