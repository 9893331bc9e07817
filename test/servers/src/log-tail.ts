import { messageOf, type Log } from './log.js'

const KEPT_LINES = 20

/** Remembers what servers have logged last, for the error of one that does not do what it was told. */
export class LogTail {
  readonly #lines = new Map<string, string[]>()

  /** What a server is to log to, which goes on to `log` with the server's name. */
  of(name: string, log: Log): Log {
    const lines: string[] = []
    this.#lines.set(name, lines)
    return (line) => {
      lines.push(`${name}: ${line}`)
      if (lines.length > KEPT_LINES) lines.shift()
      log(`${name}: ${line}`)
    }
  }

  errorOf(what: string, cause: unknown): Error {
    return new Error([`${what}: ${messageOf(cause)}`, ...[...this.#lines.values()].flat()].join('\n  '), { cause })
  }
}
