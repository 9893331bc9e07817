import type { ReadStream, WriteStream } from 'node:tty'

/** Control sequences of xterm, which every terminal of today understands. */
const ENTER = '\u{1b}[?1049h\u{1b}[?25l'
const LEAVE = '\u{1b}[?25h\u{1b}[?1049l'
const HOME = '\u{1b}[H'
const END_OF_LINE = '\u{1b}[K'
const END_OF_SCREEN = '\u{1b}[J'

const CTRL_C = '\u{3}'
const CTRL_Z = '\u{1a}'

/** What the person at the terminal wants. */
export interface Wishes {
  /** `q` */
  quit(): void
  /** Ctrl-C, which in raw mode is a key and no signal. */
  interrupt(): void
  /** Another size, or back from the background. */
  redraw(): void
}

/** The whole terminal, for as long as it is wanted. What was on it before is there again afterwards, however this process ends. */
export class TerminalScreen {
  readonly #output: WriteStream
  readonly #input: ReadStream | undefined
  readonly #wishes: Wishes
  #isEntered = false

  /** @param input `undefined` where standard input is no terminal: then there are no keys */
  constructor(output: WriteStream, input: ReadStream | undefined, wishes: Wishes) {
    this.#output = output
    this.#input = input
    this.#wishes = wishes
  }

  get size(): { readonly columns: number; readonly rows: number } {
    // A terminal whose size nobody has set says 0.
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 }
  }

  open(): void {
    this.#output.on('resize', this.#redraw)
    // A terminal that is gone tells so with a signal, too.
    this.#output.on('error', () => {})
    this.#input?.on('data', this.#onKeys)
    process.on('SIGTSTP', this.#suspend)
    process.on('SIGCONT', this.#resume)
    // Else the message would go onto the screen that is about to vanish.
    process.on('uncaughtExceptionMonitor', this.#leave)
    process.on('exit', this.#leave)
    this.#enter()
  }

  close(): void {
    this.#leave()
    this.#output.off('resize', this.#redraw)
    this.#input?.off('data', this.#onKeys).pause()
    process.off('SIGTSTP', this.#suspend).off('SIGCONT', this.#resume)
    process.off('uncaughtExceptionMonitor', this.#leave).off('exit', this.#leave)
  }

  /** Lines that fit onto the screen; in one write, so that nobody sees half of it. */
  draw(lines: readonly string[]): void {
    if (this.#isEntered) this.#output.write(HOME + lines.join(`${END_OF_LINE}\r\n`) + END_OF_LINE + END_OF_SCREEN)
  }

  #enter(): void {
    if (this.#isEntered) return
    this.#isEntered = true
    this.#input?.setRawMode(true).resume()
    this.#output.write(ENTER)
  }

  readonly #leave = (): void => {
    if (!this.#isEntered) return
    this.#isEntered = false
    this.#input?.setRawMode(false)
    this.#output.write(LEAVE)
  }

  readonly #redraw = (): void => this.#wishes.redraw()

  readonly #onKeys = (keys: Buffer): void => {
    for (const key of keys.toString()) {
      if (key === 'q' || key === 'Q') this.#wishes.quit()
      else if (key === CTRL_C) this.#wishes.interrupt()
      else if (key === CTRL_Z) process.kill(0, 'SIGTSTP')
    }
  }

  readonly #suspend = (): void => {
    this.#leave()
    // By the default of the signal, which the system ignores where nobody could ever wake the process.
    process.off('SIGTSTP', this.#suspend)
    process.kill(process.pid, 'SIGTSTP')
    process.on('SIGTSTP', this.#suspend)
    this.#resume()
  }

  /** Whoever had the terminal meanwhile has left it to his liking. */
  readonly #resume = (): void => {
    this.#leave()
    this.#enter()
    this.#wishes.redraw()
  }
}
