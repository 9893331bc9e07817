import { closeSync, openSync } from 'node:fs'
import { processOf } from './processes.js'

/** Whether this process has a terminal: then a command may want to ask something there, and its keyboard sends signals. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/** Whether the terminal's keyboard sends its signals to this process and its group now. Assumed where the system does not tell. */
export function isInForeground(): boolean {
  const own = processOf('self')
  return own === undefined ? hasTerminal() : own.group === own.foregroundGroup
}
