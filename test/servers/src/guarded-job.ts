import { spawn, type ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Exit, GuardedCommand, Job, Order, Report } from './guardian-protocol.js'
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
  /** The guarded command's, while it runs. */
  pid: number | undefined
  /** Resolves when the command has ended, by itself or not, unless it was halted. */
  readonly exited: Promise<Exit>
  /** Resolves when nothing is left: no process and no directory. */
  readonly done: Promise<void>

  readonly #guardian: ChildProcess & { stdin: Writable; stdout: Readable }
  #resolveExited!: (exit: Exit) => void
  /** Whoever waits for the answer to an order. */
  #onStarted: (() => void) | undefined
  #onHalted: ((exit: Exit) => void) | undefined
  #lastHalt: Exit | undefined
  /** What keeps this process from ending: the one who has started the job, and every order that is being waited for. */
  #holders = 1
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
    this.#holders -= 1
    if (this.#holders === 0) for (const handle of this.#handles()) handle.unref()
  }

  /** Ends the command and keeps the directory. Graceful asks it to end by itself first; otherwise it is killed. */
  async halt(graceful: boolean): Promise<Exit> {
    const halted = new Promise<Exit>((resolve) => (this.#onHalted = resolve))
    return this.#answer({ type: 'halt', graceful }, halted, 'it ended before it could be halted')
  }

  /** Runs a command in the directory of the one that was halted, and answers when it is started. */
  async resume(command: GuardedCommand): Promise<void> {
    const started = new Promise<void>((resolve) => (this.#onStarted = resolve))
    await this.#answer({ type: 'resume', command }, started, 'it could not be resumed')
  }

  /** Graceful asks the command to end by itself first; otherwise it is killed, which is all that lost data needs. */
  async stop(graceful: boolean): Promise<void> {
    this.#ref()
    this.#send({ type: 'stop', graceful })
    await this.done
  }

  #ref(): void {
    this.#holders += 1
    for (const handle of this.#handles()) handle.ref()
  }

  #handles(): { ref(): unknown; unref(): unknown }[] {
    // The pipes to a child are sockets, whatever their types say.
    return [this.#guardian, this.#guardian.stdin as Socket, this.#guardian.stdout as Socket]
  }

  async #answer<T>(order: Order, answer: Promise<T>, refusal: string): Promise<T> {
    this.#ref()
    try {
      this.#send(order)
      const refused = this.exited.then((exit): never => {
        throw new JobEnded(refusal, exit)
      })
      return await Promise.race([answer, refused])
    } finally {
      this.unref()
    }
  }

  #send(order: Order): void {
    this.#guardian.stdin.write(`${JSON.stringify(order)}\n`)
  }

  #hear(report: Report, log: Log): void {
    if (report.type === 'line') log(report.text)
    else if (report.type === 'started') {
      this.pid = report.pid
      this.#onStarted?.()
    } else if (report.type === 'failed') this.#failure = report.message
    else if (report.type === 'done') this.#hasSaidDone = true
    else this.#hearEnd(report)
  }

  #hearEnd({ type, ...exit }: Exit & { type: 'halted' | 'exited' }): void {
    this.pid = undefined
    if (type === 'exited') this.#resolveExited(exit)
    else {
      this.#lastHalt = exit
      this.#onHalted?.(exit)
    }
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
    if (this.#failure === '' && this.#lastHalt !== undefined) this.#resolveExited(this.#lastHalt)
    else this.#resolveExited({ code: null, signal: null, log: this.#failure === '' ? [] : [this.#failure] })
  }
}
