import { closeSync, openSync, readFileSync } from 'node:fs'

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
  let stat: string
  try {
    stat = readFileSync('/proc/self/stat', 'latin1')
  } catch {
    return hasTerminal()
  }
  // proc(5): pid (comm) state ppid pgrp session tty_nr tpgid; comm may hold anything.
  const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return group === foregroundGroup
}
