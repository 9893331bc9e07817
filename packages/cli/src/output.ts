import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import pc from 'picocolors'
import { EXIT } from './exit-codes.js'
import { redact } from './secrets.js'

const STDOUT = 1
const STDERR = 2

/** How long to wait before a pipe that is full is tried again, in milliseconds. */
const FULL_PIPE_MS = 10

/** A line for the person at the terminal, on standard error: standard output is the command's, or data. Never holds a password. */
export function say(line: string): void {
  write(STDERR, `ormutex: ${redact(line)}\n`)
}

/** A line of data, on standard output. */
export function print(text: string): void {
  write(STDOUT, `${text}\n`)
}

/** Colours for standard output: only on a terminal, and not where NO_COLOR is set (no-color.org). */
export function colours(): ReturnType<typeof pc.createColors> {
  return pc.createColors(isColourful(STDOUT))
}

function isColourful(descriptor: number): boolean {
  const { NO_COLOR, TERM } = process.env
  return isatty(descriptor) && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

/**
 * Not through `process.stdout` and `process.stderr`: Node makes pipes non-blocking for them, and those are shared with the command that
 * `run` runs. Written at once, so that nothing is lost when the process exits.
 */
function write(descriptor: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS)
      // Nobody reads on (`ormutex ls | head -1`): then there is no more to do; a message that nobody reads is no reason to end.
      else if (code === 'EPIPE' && descriptor === STDOUT) process.exit(EXIT.ok)
      else return
    }
  }
}
