import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { cp, lchown, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  PID_FILE,
  type Account,
  type Exit,
  type GuardedCommand,
  type Job,
  type Order,
  type Report,
} from './guardian-protocol.js'

// Runs beside the process that wants a server, in a group of its own, and outlives it just long enough to end what it
// started: its stdin is a pipe from that process, and the system closes it however that process ends.

const KEPT_LINES = 40
const GRACE_MS = 15_000
const UNDO_TIMEOUT_MS = 60_000
const FLUSH_MS = 500

let job: Job | undefined
let preparation: ChildProcess | undefined
let child: ChildProcess | undefined
let preparing: Promise<void> = Promise.resolve()
let halting = false
let ending = false

const endSignal = () => job?.endSignal ?? 'SIGKILL'

function report(message: Report): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

async function start(accepted: Job): Promise<void> {
  await mkdir(accepted.directory, { recursive: true, mode: 0o700 })
  for (const [name, source] of Object.entries(accepted.copies ?? {})) {
    await cp(source, join(accepted.directory, name), { recursive: true, mode: constants.COPYFILE_FICLONE })
  }
  for (const [name, content] of Object.entries(accepted.files)) {
    await writeFile(join(accepted.directory, name), content, { mode: 0o600 })
  }
  if (accepted.account !== undefined) await giveAway(accepted.directory, accepted.account)
  if (accepted.prepare !== undefined && !ending) await prepare(accepted.prepare, accepted)
  if (!ending) await launch(accepted)
}

/** The directory itself comes last: until then the account cannot reach what is being given. */
async function giveAway(directory: string, { uid, gid }: Account): Promise<void> {
  const names = await readdir(directory, { recursive: true })
  for (const name of [...names, '.']) await lchown(join(directory, name), uid, gid)
}

async function prepare(command: GuardedCommand, { directory, account }: Job): Promise<void> {
  const started = spawnGroup(command, directory, account)
  preparation = started
  const lines = lastLines(started)
  const [code, signal] = (await once(started, 'close')) as [number | null, NodeJS.Signals | null]
  if (code !== 0) throw new Error([`${command.file}: ${signal ?? `exit code ${code}`}`, ...lines].join('\n  '))
}

async function launch({ command, directory, account, undo }: Job): Promise<void> {
  const started = spawnGroup(command, directory, account)
  child = started
  const lines = lastLines(started)
  await once(started, 'spawn')
  if (started.pid !== undefined) report({ type: 'started', pid: started.pid })
  started.on('close', (code: number | null, signal: NodeJS.Signals | null) => {
    report({ type: halting ? 'halted' : 'exited', code, signal, log: lines } satisfies Report & Exit)
    if (!halting && (undo === undefined || code !== 0)) void end(false)
  })
  await writeFile(join(directory, PID_FILE), String(started.pid))
}

/** A group of its own lets one signal reach the helpers that a command starts, as `docker` starts `docker-compose`. */
function spawnGroup({ file, args, env }: GuardedCommand, cwd: string, account?: Account): ChildProcess {
  return spawn(file, args, { cwd, env, ...account, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Reports every line of a command; what it returns goes on to hold the last ones. */
function lastLines(started: ChildProcess): string[] {
  const lines: string[] = []
  for (const stream of [started.stdout, started.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (text) => {
      lines.push(text)
      if (lines.length > KEPT_LINES) lines.shift()
      report({ type: 'line', text })
    })
  }
  return lines
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

async function halt(graceful: boolean): Promise<void> {
  // One that has ended by itself is on its way out, and its report says so.
  if (ending || child === undefined || hasEnded(child)) return
  halting = true
  signalGroup(child, graceful ? 'SIGTERM' : endSignal())
  await endOf(child, GRACE_MS)
}

async function resume(accepted: Job): Promise<void> {
  if (ending) return
  halting = false
  await launch(accepted)
}

async function end(graceful: boolean): Promise<void> {
  if (ending) {
    // Whoever asked for a graceful end has gone or has lost patience.
    if (!graceful && child !== undefined) signalGroup(child, endSignal())
    return
  }
  ending = true
  if (preparation?.pid !== undefined) {
    signalGroup(preparation, 'SIGTERM')
    await endOf(preparation, GRACE_MS)
  }
  await preparing.catch(() => {})
  if (child !== undefined && !hasEnded(child)) {
    signalGroup(child, graceful ? 'SIGTERM' : endSignal())
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
  if (order.type === 'stop') void end(order.graceful)
  else if (order.type === 'halt') void halt(order.graceful)
  else if (order.type === 'resume') {
    if (job !== undefined) orEnd(resume({ ...job, command: order.command }))
  } else {
    job = order.job
    preparing = start(order.job)
    orEnd(preparing)
  }
}

function orEnd(launching: Promise<void>): void {
  launching.catch((error: unknown) => {
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
