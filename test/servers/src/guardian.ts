import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Exit, GuardedCommand, Job, Order, Report } from './guardian-protocol.js'

// Runs beside the process that wants a server, in a group of its own, and outlives it just long enough to end what it
// started: its stdin is a pipe from that process, and the system closes it however that process ends.

const KEPT_LINES = 40
const GRACE_MS = 15_000
const UNDO_TIMEOUT_MS = 60_000
const FLUSH_MS = 500

let job: Job | undefined
let child: ChildProcess | undefined
let preparing: Promise<void> = Promise.resolve()
let ending = false

function report(message: Report): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

async function start(accepted: Job): Promise<void> {
  await mkdir(accepted.directory, { recursive: true, mode: 0o700 })
  if (accepted.template !== undefined) {
    const mode = constants.COPYFILE_FICLONE
    await cp(accepted.template, join(accepted.directory, 'data'), { recursive: true, mode })
  }
  for (const [name, content] of Object.entries(accepted.files)) {
    await writeFile(join(accepted.directory, name), content, { mode: 0o600 })
  }
  if (!ending) await launch(accepted)
}

async function launch({ command, directory, undo }: Job): Promise<void> {
  const lines: string[] = []
  const started = spawnGroup(command, directory)
  child = started
  for (const stream of [started.stdout, started.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (text) => {
      lines.push(text)
      if (lines.length > KEPT_LINES) lines.shift()
      report({ type: 'line', text })
    })
  }
  await once(started, 'spawn')
  if (started.pid !== undefined) report({ type: 'started', pid: started.pid })
  started.on('close', (code: number | null, signal: NodeJS.Signals | null) => {
    report({ type: 'exited', code, signal, log: lines } satisfies Report & Exit)
    if (undo === undefined || code !== 0) void end(false)
  })
}

/** A group of its own lets one signal reach the helpers that a command starts, as `docker` starts `docker-compose`. */
function spawnGroup({ file, args, env }: GuardedCommand, cwd: string): ChildProcess {
  return spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
}

function signalGroup(target: ChildProcess, signal: NodeJS.Signals): void {
  if (target.pid === undefined) return
  try {
    process.kill(-target.pid, signal)
  } catch {
    // It has ended already.
  }
}

const hasEnded = (target: ChildProcess) => target.exitCode !== null || target.signalCode !== null

async function endOf(target: ChildProcess, timeoutMs: number): Promise<void> {
  if (hasEnded(target)) return
  const timeout = setTimeout(() => signalGroup(target, 'SIGKILL'), timeoutMs)
  await once(target, 'exit')
  clearTimeout(timeout)
}

async function end(graceful: boolean): Promise<void> {
  if (ending) {
    // Whoever asked for a graceful end has gone or has lost patience.
    if (!graceful && child !== undefined) signalGroup(child, 'SIGKILL')
    return
  }
  ending = true
  await preparing.catch(() => {})
  if (child !== undefined && !hasEnded(child)) {
    signalGroup(child, graceful ? 'SIGTERM' : 'SIGKILL')
    await endOf(child, GRACE_MS)
  }
  if (job?.undo !== undefined) {
    const undo = spawnGroup(job.undo, job.directory)
    undo.stdout?.resume()
    undo.stderr?.resume()
    undo.on('error', () => {})
    if (undo.pid !== undefined) await endOf(undo, UNDO_TIMEOUT_MS)
  }
  if (job !== undefined) await rm(job.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  report({ type: 'done' })
  // An exit at once would cut off what is not in the pipe yet; a pipe that nobody reads must not hold it up.
  process.stdout.end(() => process.exit(0))
  setTimeout(() => process.exit(0), FLUSH_MS)
}

function obey(order: Order): void {
  if (order.type === 'stop') {
    void end(order.graceful)
    return
  }
  job = order.job
  preparing = start(order.job)
  preparing.catch((error: unknown) => {
    report({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
    void end(false)
  })
}

const orders = createInterface({ input: process.stdin })
orders.on('line', (line) => obey(JSON.parse(line) as Order))
orders.on('close', () => void end(false))
process.stdin.on('error', () => void end(false))
// Nobody reads any more: the parent is gone, and the end of stdin says so as well.
process.stdout.on('error', () => void end(false))
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(false))
process.on('uncaughtException', () => void end(false))
process.on('unhandledRejection', () => process.exit(1))
