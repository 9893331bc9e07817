import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { bareEnvironment } from '@ormutex-test/servers'

/** The program as users get it. */
export const BIN = fileURLToPath(new URL('../bin/ormutex.js', import.meta.url))

export interface CliOptions {
  /** Added to an environment that knows no database. */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Standard input; nothing by default. */
  readonly input?: string | Buffer | undefined
  readonly cwd?: string | undefined
}

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that runs. */
export class RunningCli {
  readonly child: ChildProcess
  /** Resolves when it has ended and all it wrote has been read. */
  readonly ended: Promise<Ended>
  readonly #output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }

  constructor(command: string, args: readonly string[], { env, input, cwd }: CliOptions = {}) {
    // A session of its own, with no terminal: what the terminal of whoever runs the tests does is not what is tested.
    this.child = spawn(command, args, {
      cwd,
      env: { ...bareEnvironment(), HOME: '/nonexistent', ...env },
      stdio: 'pipe',
      detached: true,
    })
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]!.on('data', (chunk: Buffer) => void this.#output[name].push(chunk))
    }
    // It may end without having read what it is given.
    this.child.stdin!.on('error', () => {})
    if (input !== undefined) this.child.stdin!.end(input)
    this.ended = once(this.child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  get pid(): number {
    return this.child.pid!
  }

  get stdout(): string {
    return this.stdoutBytes.toString()
  }

  get stdoutBytes(): Buffer {
    return Buffer.concat(this.#output.stdout)
  }

  get stderr(): string {
    return Buffer.concat(this.#output.stderr).toString()
  }

  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Waits until it has written something; that it ends before is an error with all it said. */
  until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (pattern.test(this[stream])) resolve(this[stream])
      }
      this.child[stream]!.on('data', check)
      void this.ended.then(({ code, stdout, stderr }) => {
        reject(new Error(`expected ${pattern} on ${stream}, but it ended with ${code}\n${stdout}\n${stderr}`))
      })
      check()
    })
  }
}

/** Starts the program. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  return new RunningCli(process.execPath, [BIN, ...args], options)
}

/** Runs the program to its end. */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return startCli(args, { ...options, input: options.input ?? '' }).ended
}
