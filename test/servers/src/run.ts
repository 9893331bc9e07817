import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { silent, type Log } from './log.js'

const SILENCE_MS = 3_000
const KEPT_LINES = 20
const DEFAULT_TIMEOUT_MS = 15 * 60_000

export interface RunOptions {
  env?: NodeJS.ProcessEnv | undefined
  cwd?: string | undefined
  input?: string | undefined
  /** Gets every line, and a sign of life after three seconds without one. */
  log?: Log | undefined
  /** What the sign of life calls it. */
  title?: string | undefined
  timeoutMs?: number | undefined
}

/** Runs a program to its end and gives its standard output; any end but a clean one is an error with its last lines. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const log = options.log ?? silent
  const title = options.title ?? command
  const startedAt = performance.now()
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000)
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' })

  const output: string[] = []
  const lastLines: string[] = []
  const silence = setInterval(() => log(`${title}: still at it after ${seconds()} s`), SILENCE_MS)
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    // A child of its own that outlives it would hold these open.
    child.stdout.destroy()
    child.stderr.destroy()
  }, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const keep = (line: string) => {
    silence.refresh()
    lastLines.push(line)
    if (lastLines.length > KEPT_LINES) lastLines.shift()
    if (line.trim() !== '') log(line)
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    output.push(line)
    keep(line)
  })
  createInterface({ input: child.stderr }).on('line', keep)
  // A program that ends before it has read everything closes the pipe; its exit code says why.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')

  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (...end) => resolve(end))
    })
    if (code === 0) return output.join('\n')
    const end = signal === null ? `exit code ${code}` : `${signal} after ${seconds()} s`
    throw new Error([`${[command, ...args].join(' ')}: ${end}`, ...lastLines].join('\n  '))
  } finally {
    clearInterval(silence)
    clearTimeout(timer)
  }
}
