import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import xterm, { type IBuffer } from '@xterm/headless'
import { atTerminal, lineOf, quoted } from './at-terminal.js'
import type { RunningCli } from './cli.js'

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: NodeJS.ProcessEnv
  /** The shell expects that the program is stopped, and goes on with it after a line of input. Default: false. */
  readonly isStopped?: boolean
  /** A file for the program's standard output. Default: the terminal. */
  readonly stdoutFile?: string
}

/** Stands on the terminal before the program is started, and is to stand there afterwards. */
export const BEFORE = 'what was there before'

/** What the shell says while the program is stopped. */
export const STOPPED = 'it is stopped'

/** What the shell says at the end, which may come after something that is no whole line. */
const ENDED = /^(.*)ended with (\d+)$/

/**
 * The program in a real pseudo terminal, which `script` of util-linux makes, and what a terminal emulator shows of it. A shell starts it
 * and says afterwards with which code it ended, and how the terminal was left.
 */
export class PseudoTerminal {
  readonly #running: RunningCli
  readonly #terminal: InstanceType<typeof xterm.Terminal>
  #isCursorShown = true

  constructor(args: readonly string[], options: TerminalOptions = {}) {
    const { columns = 80, rows = 24, env = {}, isStopped = false, stdoutFile } = options
    const typed = lineOf(args)
    const started = stdoutFile === undefined ? typed : `${typed} > ${quoted(stdoutFile)}`
    const program = isStopped ? `set -m; ${started}; stty -a; echo ${quoted(STOPPED)}; read _; fg` : started
    // The trap: Ctrl-C is for the program, which a shell without one would follow.
    const command = `trap : INT; stty rows ${rows} cols ${columns}; echo ${quoted(BEFORE)}; ${program}; echo "ended with $?"; stty -a`
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
    for (const [final, isShown] of [
      ['h', true],
      ['l', false],
    ] as const) {
      this.#terminal.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
        if (modes.includes(25)) this.#isCursorShown = isShown
        return false
      })
    }
    this.#running = atTerminal(command, { TERM: 'xterm-256color', ...env })
    this.#running.child.stdout!.on('data', (data: Buffer) => this.#terminal.write(data))
  }

  /** What stands on the screen, line by line. */
  get lines(): string[] {
    const { baseY } = this.#terminal.buffer.active
    return this.#linesOf(this.#terminal.buffer.active).slice(baseY)
  }

  get text(): string {
    return this.lines.join('\n')
  }

  /** Whether it is the screen that vanishes with the program. */
  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate'
  }

  get isCursorShown(): boolean {
    return this.#isCursorShown
  }

  /** Waits until the screen is as it is to be; that it is not so in time is an error with the screen in it. */
  async until(isSo: RegExp | (() => boolean), withinMs = 15_000): Promise<string> {
    const check = typeof isSo === 'function' ? isSo : () => isSo.test(this.text)
    const drawn: { dispose(): void }[] = []
    let late: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (check()) resolve()
        }
        late = setTimeout(() => reject(new Error(`Expected ${String(isSo)} on the screen:\n${this.text}`)), withinMs)
        drawn.push(this.#terminal.onWriteParsed(look))
        look()
      })
    } finally {
      clearTimeout(late)
      for (const each of drawn) each.dispose()
    }
    return this.text
  }

  type(keys: string): void {
    this.#running.child.stdin!.write(keys)
  }

  /** As when the window is drawn to another size: the program gets SIGWINCH. */
  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows)
    const device = readlinkSync(`/proc/${this.#shell}/fd/0`)
    execFileSync('stty', ['-F', device, 'rows', String(rows), 'cols', String(columns)])
  }

  /** Sends the program a signal. */
  signal(signal: NodeJS.Signals): void {
    process.kill(childOf(this.#shell), signal)
  }

  /** Waits until the program has ended; what the terminal shows then. */
  async end(): Promise<{ readonly code: number; readonly text: string; readonly settings: string }> {
    await this.#running.ended
    await new Promise<void>((resolve) => this.#terminal.write('', resolve))
    const lines = this.#linesOf(this.#terminal.buffer.normal)
    const at = lines.findLastIndex((line) => ENDED.test(line))
    const [, before = '', code] = ENDED.exec(lines[at] ?? '') ?? []
    return {
      code: Number(code),
      text: [...lines.slice(0, at), ...(before === '' ? [] : [before])].join('\n'),
      settings: lines.slice(at + 1).join(' '),
    }
  }

  /** Ends it whatever it is doing. */
  dispose(): void {
    this.#running.kill('SIGKILL')
  }

  #linesOf(buffer: IBuffer): string[] {
    // After a resize, cells to the right of the window are kept.
    const { cols } = this.#terminal
    return Array.from({ length: buffer.length }, (_, row) =>
      (buffer.getLine(row)?.translateToString(true, 0, cols) ?? '').trimEnd(),
    )
  }

  get #shell(): number {
    return childOf(this.#running.pid)
  }
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}
