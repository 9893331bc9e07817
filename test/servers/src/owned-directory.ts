import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { PID_FILE } from './guardian-protocol.js'
import { isAlive, workingDirectoryOf } from './process-alive.js'

/** Pids mean something on one host only, and a checkout may be shared with containers. */
export const HOST = hostname().replaceAll(/[^A-Za-z0-9]/g, '-') || 'localhost'

/** A name that tells whose the directory is, so that a later run can remove it when its owner is gone. */
export function ownedName(kind: string, pid: number): string {
  return `ormutex.${kind}.${HOST}.${pid}.${randomBytes(4).toString('hex')}`
}

function ownerOf(name: string): number | undefined {
  const [product, , host, pid, random, ...rest] = name.split('.')
  if (product !== 'ormutex' || host !== HOST || random === undefined || rest.length > 0) return undefined
  return /^[1-9]\d*$/.test(pid ?? '') ? Number(pid) : undefined
}

/** Removes what owners that died without tidying up have left in `parent`, their servers included. */
export async function sweepOwned(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  const left = names.filter((name) => {
    const owner = ownerOf(name)
    return owner !== undefined && !isAlive(owner)
  })
  if (left.length === 0) return
  await Promise.all(
    left.map(async (name) => {
      const directory = join(parent, name)
      await killServerOf(directory)
      // What another user has left is that user's to remove.
      await rm(directory, { recursive: true, force: true }).catch(() => {})
    }),
  )
}

/** A server works in its directory: that the process does so is the proof that the pid is not somebody else's by now. */
async function killServerOf(directory: string): Promise<void> {
  const pid = Number(await readFile(join(directory, PID_FILE), 'utf8').catch(() => ''))
  if (pid === 0 || !`${workingDirectoryOf(pid)}/`.startsWith(`${directory}/`)) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself just now.
  }
}
