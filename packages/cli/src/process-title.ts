import { redact } from './secrets.js'

/**
 * Replaces the command line that the process list shows by one without passwords, when there is one in it. The title is written over the
 * arguments themselves, so nothing of them stays readable (`/proc/<pid>/cmdline`).
 */
export function scrubProcessTitle(): void {
  const typed = process.argv.slice(2).join(' ')
  const scrubbed = redact(typed)
  if (scrubbed !== typed) process.title = `ormutex ${scrubbed}`
}
