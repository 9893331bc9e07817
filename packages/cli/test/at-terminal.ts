import { BIN, RunningCli } from './cli.js'

/** Runs a line of shell at a terminal of its own, which `script` of util-linux makes, and whose keyboard is our pipe. */
export function atTerminal(line: string, env: NodeJS.ProcessEnv = {}): RunningCli {
  return new RunningCli('script', ['-qfec', line, '/dev/null'], { env: { SHELL: '/bin/sh', ...env } })
}

/** What is typed to start the program. */
export function lineOf(args: readonly string[]): string {
  return [process.execPath, BIN, ...args].map(quoted).join(' ')
}

/** A word as a shell takes it for one, whatever is in it. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
