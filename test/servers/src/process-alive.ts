import { readFileSync, readlinkSync } from 'node:fs'

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  // In a container whose first process reaps nobody, the dead stay in the process table for ever.
  return !/^\d+ \(.*\) [ZX]/s.test(orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8')))
}

/** Empty where the system has no /proc, the process is gone, or it is another user's. */
export function workingDirectoryOf(pid: number): string {
  return orEmpty(() => readlinkSync(`/proc/${pid}/cwd`))
}

function orEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
