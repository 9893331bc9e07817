import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@ormutex/core'
import { EXIT } from '../exit-codes.js'
import { say } from '../output.js'
import { descendantsOf } from './descendants.js'
import { Guard } from './guard.js'
import { exitCodeOf } from './signals.js'
import { hasTerminal, isInForeground } from './terminal.js'

/** How often it is looked whether a group of processes has ended, in milliseconds. */
const LOOK_EVERY_MS = 50

const FROM_KEYBOARD = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT'])

/**
 * The command, with the standard streams of this process.
 *
 * At a terminal it belongs to the group of this process, so that it can ask something there and gets the keyboard's signals by
 * itself. Everywhere else it leads a group of its own, which gets every signal as a whole, and ends as a whole.
 */
export class RunningCommand {
  /** The exit code, as a shell would tell it. */
  readonly exited: Promise<number>
  readonly #child: ChildProcess
  readonly #leadsGroup: boolean

  constructor(words: readonly string[], env: NodeJS.ProcessEnv, graceMs: number) {
    const [program, ...args] = words
    this.#leadsGroup = process.platform !== 'win32' && !hasTerminal()
    // Before the command, so that there is no moment in which nobody would end it.
    const guard = new Guard(graceMs)
    this.#child = spawn(program!, args, { env, stdio: 'inherit', detached: this.#leadsGroup })
    const { pid } = this.#child
    if (pid !== undefined) guard.watch(this.#leadsGroup ? -pid : pid)
    this.exited = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        guard.dismiss()
        resolve(notRun(program!, error))
      })
      this.#child.on('exit', (code, signal) => {
        guard.dismiss()
        resolve(code ?? exitCodeOf(signal!))
      })
    })
  }

  /** Passes a signal on, unless the terminal has sent it to both. */
  readonly relay = (signal: NodeJS.Signals): void => {
    if (!this.#leadsGroup && FROM_KEYBOARD.has(signal) && isInForeground()) return
    this.#signal(signal, [])
  }

  /** SIGTERM, and after a grace SIGKILL, for the command and what it has started. Resolves when it has ended. */
  async end(graceMs: number): Promise<void> {
    const { pid } = this.#child
    if (pid === undefined) return
    // They get other parents as soon as theirs ends.
    const below = this.#leadsGroup ? [] : descendantsOf(pid)
    this.#signal('SIGTERM', below)
    // One that is stopped would not see it.
    this.#signal('SIGCONT', below)
    const deadline = systemClock.now() + graceMs
    while (systemClock.now() < deadline && this.#isAnyAlive(below)) await sleep(LOOK_EVERY_MS)
    this.#signal('SIGKILL', below)
    await this.exited
  }

  #signal(signal: NodeJS.Signals, below: readonly number[]): void {
    for (const target of this.#targets(below)) send(target, signal)
  }

  #isAnyAlive(below: readonly number[]): boolean {
    return this.#targets(below).some((target) => send(target, 0))
  }

  #targets(below: readonly number[]): number[] {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined) return []
    if (this.#leadsGroup) return [-pid]
    // Its number may be somebody else's once it has ended.
    const hasEnded = exitCode !== null || signalCode !== null
    return hasEnded ? [...below] : [pid, ...below]
  }
}

/** Whether there was somebody to send it to. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal)
  } catch {
    return false
  }
}

function notRun(program: string, error: NodeJS.ErrnoException): number {
  if (error.code === 'ENOENT') {
    say(`${program}: command not found`)
    return EXIT.notFound
  }
  say(`${program}: cannot be run (${error.code ?? error.message})`)
  return EXIT.notExecutable
}
