import { hidePasswordOf, redact } from './secrets.js'

/**
 * Replaces the command line that the process list shows by one without passwords, when there is one in it. The title is written over the
 * arguments themselves, so nothing of them stays readable (`/proc/<pid>/cmdline`).
 */
export function scrubProcessTitle(): void {
  const typed = process.argv.slice(2)
  for (const word of typed) hidePasswordOf(word)
  const scrubbed = typed.map(redact)
  if (scrubbed.some((word, index) => word !== typed[index])) process.title = ['ormutex', ...scrubbed].join(' ')
}
