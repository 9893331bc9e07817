import { readFileSync } from 'node:fs'

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  // In a container whose first process reaps nobody, the dead stay in the process table for ever.
  return !/^\d+ \(.*\) [ZX]/s.test(readProcFile(pid, 'stat'))
}

/** The arguments of a process, empty where the system has no /proc or the process is gone. */
export function commandLineOf(pid: number): string[] {
  return readProcFile(pid, 'cmdline').split('\0').filter(Boolean)
}

function readProcFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
