import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What stands between one `begin` and its `end` is a run; appended lines are whole, and keep their order. */
const RECORDED = 'echo begin >> "$RUNS"; "$@"; code=$?; echo end >> "$RUNS"; exit $code'

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Some hosts that deploy the same thing. */
export class Deployment {
  readonly folder = mkdtempSync(join(tmpdir(), 'ormutex-migrations-'))
  readonly #runs = join(this.folder, 'runs')
  readonly #env: NodeJS.ProcessEnv

  constructor(env: NodeJS.ProcessEnv) {
    appendFileSync(this.#runs, '')
    this.#env = {
      ...process.env,
      ...env,
      RUNS: this.#runs,
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

  /** The beginnings and ends of all runs, in their order. */
  get runs(): string[] {
    return readFileSync(this.#runs, 'utf8').split('\n').slice(0, -1)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
