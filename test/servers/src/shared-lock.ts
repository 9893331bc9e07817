import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from './log.js'
import { HOST } from './owned-directory.js'
import { isAlive } from './process-alive.js'

const POLL_MS = 100
const TELL_EVERY_MS = 3_000
const HEARTBEAT_MS = 5_000
/** For an owner on another host, whose pid cannot be asked for: twelve heartbeats missed. */
const SILENT_OWNER_MS = 60_000

/**
 * Keeps two processes from doing the same long work twice. It saves work and does not guarantee anything: what runs
 * under it must build aside and rename into place, so that a second run does no harm.
 */
export async function withSharedLock<T>(file: string, log: Log, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true })
  const mine = `${file}.${HOST}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(mine, JSON.stringify({ host: HOST, pid: process.pid }))
  try {
    await take(file, mine, log)
  } finally {
    await rm(mine, { force: true })
  }
  const heartbeat = setInterval(() => {
    utimes(file, new Date(), new Date()).catch(() => {})
  }, HEARTBEAT_MS)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    await rm(file, { force: true })
  }
}

async function take(file: string, mine: string, log: Log): Promise<void> {
  let toldAt = performance.now()
  for (;;) {
    // A link comes into being with its content, so nobody ever reads a lock without an owner.
    if (await linked(mine, file)) return
    if (await isStale(file)) await setAside(file, `${mine}.stale`)
    else await sleep(POLL_MS)
    if (performance.now() - toldAt < TELL_EVERY_MS) continue
    toldAt = performance.now()
    log(`waiting for the process that holds ${file}`)
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function setAside(file: string, aside: string): Promise<void> {
  try {
    await rename(file, aside)
  } catch {
    return
  }
  // Between the look and the rename another process may have put its own, live lock there.
  if (!(await isStale(aside))) await linked(aside, file)
  await rm(aside, { force: true })
}

async function isStale(file: string): Promise<boolean> {
  try {
    const owner = JSON.parse(await readFile(file, 'utf8')) as { host: string; pid: number }
    if (owner.host === HOST) return !isAlive(owner.pid)
    return Date.now() - (await stat(file)).mtimeMs > SILENT_OWNER_MS
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}
