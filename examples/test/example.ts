import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bareEnvironment } from '@ormutex-test/servers'

const DIST = new URL('../dist/', import.meta.url)
const SRC = new URL('../src/', import.meta.url)

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  /** What it printed, on both of its streams, in the order in which it came here. */
  readonly output: string
}

export interface ExampleOptions {
  /** What it finds as DATABASE_URL. */
  readonly url: string
  /** More for its environment. */
  readonly env?: NodeJS.ProcessEnv
  readonly args?: readonly string[]
  /** Has each process lock in a namespace of its own, as if it did not lock at all. Default: false. */
  readonly unlocked?: boolean
  /** Runs a copy that differs in one place: what stands there, and what stands there instead. */
  readonly changed?: Change
}

type Change = readonly [RegExp, string]

const UNLOCKED: Change = [/namespace: '([^']+)'/, 'namespace: `$1-${process.pid}`']

/** One of the examples, run as its reader would: a process of its own. */
export class Example {
  readonly child: ChildProcess
  /** When it has ended and all of its output is here. */
  readonly ended: Promise<Ended>
  output = ''
  readonly #wakeUps = new Set<() => void>()

  /** @param name its file under `src` without `.ts`, for example `quick-start/knex`; one that is not compiled with its `.cjs` */
  constructor(name: string, { url, env, args = [], unlocked = false, changed }: ExampleOptions) {
    const program = fileURLToPath(name.endsWith('.cjs') ? new URL(name, SRC) : new URL(`${name}.js`, DIST))
    const change = unlocked ? UNLOCKED : changed
    const file = change === undefined ? program : changedCopy(name, program, change)
    this.child = spawn(process.execPath, [file, ...args], {
      env: { ...bareEnvironment(), ...env, DATABASE_URL: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#wakeUp()
      })
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code) => {
        resolve({ code, output: this.output })
        this.#wakeUp()
      })
    })
    running.add(this)
    const afterwards = (): void => {
      running.delete(this)
      if (file !== program) rmSync(file)
    }
    this.ended.then(afterwards, afterwards)
  }

  /** Waits until something like this has been printed. @throws when it has ended without it */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match
      const { exitCode, signalCode } = this.child
      if (exitCode !== null || signalCode !== null) {
        const { output } = await this.ended
        const last = pattern.exec(output)
        if (last !== null) return last
        throw new Error(`It ended with ${signalCode ?? exitCode} and never printed ${String(pattern)}:\n${output}`)
      }
      await new Promise<void>((resolve) => this.#wakeUps.add(resolve))
    }
  }

  /** Waits for its end. @returns what it printed @throws unless its exit code is 0 */
  succeeded(): Promise<string> {
    const succeeded = this.ended.then(({ code, output }) => {
      if (code !== 0) throw new Error(`It ended with ${code ?? this.child.signalCode}:\n${output}`)
      return output
    })
    // A test that has failed before it waits for this has said enough.
    succeeded.catch(() => {})
    return succeeded
  }

  #wakeUp(): void {
    for (const wakeUp of this.#wakeUps) wakeUp()
    this.#wakeUps.clear()
  }
}

const running = new Set<Example>()

/** Among those that are compiled, where it finds the same modules. */
function changedCopy(name: string, program: string, [from, to]: Change): string {
  const code = readFileSync(program, 'utf8')
  const copy = code.replace(from, to)
  if (copy === code) throw new Error(`${program} has no ${String(from)} that could be changed`)
  const file = fileURLToPath(new URL(`${name.replace(/\.cjs$/, '')}.changed-${randomUUID()}${extname(program)}`, DIST))
  writeFileSync(file, copy)
  return file
}

/** Ends what a test that failed has left running; for `afterEach`. */
export async function endExamples(): Promise<void> {
  const left = [...running]
  for (const { child } of left) child.kill('SIGKILL')
  await Promise.all(left.map(({ ended }) => ended))
}

/** Starts several processes at once and waits for all of them. @returns what each printed @throws unless all succeed */
export function runExamples(processes: number, name: string, options: ExampleOptions): Promise<string[]> {
  return Promise.all(Array.from({ length: processes }, () => new Example(name, options).succeeded()))
}
