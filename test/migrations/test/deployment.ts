import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { bareEnvironment } from '@ormutex-test/servers'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What stands between one `begin` and its `end` is a run; appended lines are whole, and keep their order. Each takes a ticket first. */
const RECORDED = 'echo begin >> "$RUNS"; read -r _ < "$TICKETS"; "$@"; code=$?; echo end >> "$RUNS"; exit $code'

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Some hosts that deploy the same thing. */
export class Deployment {
  readonly folder = mkdtempSync(join(tmpdir(), 'ormutex-migrations-'))
  readonly #runs = join(this.folder, 'runs')
  readonly #tickets: number
  readonly #env: NodeJS.ProcessEnv

  constructor(env: NodeJS.ProcessEnv) {
    appendFileSync(this.#runs, '')
    const tickets = join(this.folder, 'tickets')
    execFileSync('mkfifo', [tickets])
    // For both, so that opening it waits for nobody, and tickets wait for whoever takes them.
    this.#tickets = openSync(tickets, 'r+')
    this.#env = {
      ...bareEnvironment(),
      HOME: this.folder,
      ...env,
      RUNS: this.#runs,
      TICKETS: tickets,
      SHOP_URL: `file:${join(this.folder, 'shop.db')}`,
      PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`,
    }
  }

  /** One of them runs its tool, alone or under the lock. */
  async deploy(tool: string, isLocked: boolean): Promise<Ended> {
    const recorded = ['sh', '-c', RECORDED, 'sh', ...tool.split(' ')]
    const [command, ...args] = isLocked ? ['ormutex', 'run', 'migrate', '--timeout', '1m', '--', ...recorded] : recorded
    const child = spawn(command!, args, { cwd: ROOT, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    return { code, output: stdout + stderr }
  }

  /** Lets so many runs go on to their tool. */
  letThrough(runs: number): void {
    writeSync(this.#tickets, '\n'.repeat(runs))
  }

  /** The beginnings and ends of all runs, in their order. */
  get runs(): string[] {
    return readFileSync(this.#runs, 'utf8').split('\n').slice(0, -1)
  }

  remove(): void {
    closeSync(this.#tickets)
    rmSync(this.folder, { recursive: true })
  }
}
