import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { printable } from '@ormutex/core'
import pc from 'picocolors'
import { EXIT } from './exit-codes.js'
import { redact } from './secrets.js'

export const STDOUT = 1
export const STDERR = 2

/** How long to wait before a pipe that is full is tried again, in milliseconds. */
const FULL_PIPE_MS = 10

/** How long `sayAside` waits for a reader, in milliseconds. */
const PATIENCE_MS = 500

type Writer = readonly [program: string, args: readonly string[]]

/** What copies its standard input to its standard output: an image with nothing but Node in it has no `cat`, which is quicker. */
const WRITERS: readonly Writer[] = [
  ['cat', []],
  [process.execPath, ['--eval', 'fs.writeSync(1, fs.readFileSync(0))']],
]

/**
 * A line for the person at the terminal, on standard error: standard output is the command's, or data. Never holds a password, nor what
 * a terminal would obey.
 */
export function say(line: string): void {
  write(STDERR, asLine(line))
}

/**
 * The same through a process of its own. Where standard error is a pipe that is full, or a terminal that was stopped with Ctrl-S, writing
 * stops whoever does it: not this process, which has a command to end.
 *
 * @returns resolves when the line is written, or soon when nobody reads it: then it comes when somebody does
 */
export function sayAside(line: string): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, PATIENCE_MS)
    copy(WRITERS)

    function copy([writer, ...others]: readonly Writer[]): void {
      if (writer === undefined) return finish()
      const child = spawn(...writer, { stdio: ['pipe', STDERR, 'ignore'] })
      child.on('exit', finish).on('error', () => copy(others))
      child.stdin!.on('error', () => {}).end(asLine(line))
    }

    function finish(): void {
      clearTimeout(patience)
      resolve()
    }
  })
}

/** A line of data, on standard output. */
export function print(text: string): void {
  write(STDOUT, `${text}\n`)
}

/** Colours for standard output, where it has them. */
export function colours(): ReturnType<typeof pc.createColors> {
  return pc.createColors(isColourful(STDOUT))
}

/** Whether an output has colours: only a terminal, and not where NO_COLOR is set (no-color.org). */
export function isColourful(descriptor: number): boolean {
  const { NO_COLOR, TERM } = process.env
  return isatty(descriptor) && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

function asLine(text: string): string {
  return `ormutex: ${printable(redact(text))}\n`
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
      if (code !== 'EAGAIN') return fail(descriptor, code)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS)
    }
  }
}

/** A message that nobody reads is no reason to end; where data goes nowhere, all was for nothing. */
function fail(descriptor: number, code = 'unknown'): void {
  if (descriptor !== STDOUT) return
  // Nobody reads on (`ormutex ls | head -1`): no more to do, and nothing to say.
  if (code === 'EPIPE') process.exit(EXIT.brokenPipe)
  say(`standard output cannot be written (${code})`)
  process.exit(EXIT.io)
}
