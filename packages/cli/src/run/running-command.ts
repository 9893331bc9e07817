import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@ormutex/core'
import { CliError } from '../cli-error.js'
import { EXIT } from '../exit-codes.js'
import { sayAside } from '../output.js'
import { Family } from './family.js'
import { Guard } from './guard.js'
import { exitCodeOf, sendSignal, type Signalled } from './signals.js'
import { hasTerminal, isInForeground } from './terminal.js'

/** How often it is looked whether those who are known have ended, in milliseconds. */
const LOOK_EVERY_MS = 50

/** How often it is looked who has come, for which all processes are looked at, in milliseconds. */
const LOOK_AROUND_EVERY_MS = 500

/** How long SIGKILL may take, in milliseconds: what waits for a disk takes its time, and some accounts' processes never end by it. */
const LAST_WAIT_MS = 1_000

const FROM_KEYBOARD = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT'])

/**
 * The command, with the standard streams of this process.
 *
 * At a terminal it belongs to the group of this process, so that it can ask something there and gets the keyboard's signals by
 * itself. Everywhere else it leads a group of its own, which gets every signal as a whole, and ends as a whole.
 */
export class RunningCommand {
  /** The exit code, as a shell would tell it. @throws {CliError} when the command cannot be run */
  readonly exited: Promise<number>
  readonly #child: ChildProcess
  readonly #leadsGroup: boolean

  constructor(words: readonly string[], env: NodeJS.ProcessEnv, graceMs: number) {
    const [program, ...args] = words
    this.#leadsGroup = !hasTerminal()
    // Before the command, so that there is no moment in which nobody would end it.
    const guard = new Guard(graceMs)
    try {
      this.#child = spawn(program!, args, { env, stdio: 'inherit', detached: this.#leadsGroup })
    } catch (error) {
      guard.dismiss()
      throw notRun(program!, error as NodeJS.ErrnoException)
    }
    const { pid } = this.#child
    if (pid !== undefined) guard.watch(this.#leadsGroup ? -pid : pid)
    this.exited = new Promise((resolve, reject) => {
      this.#child.on('error', (error) => {
        guard.dismiss()
        reject(notRun(program!, error))
      })
      this.#child.on('exit', (code, endedBy) => {
        guard.dismiss()
        resolve(code ?? exitCodeOf(endedBy!))
      })
    })
  }

  /** Passes a signal on, unless the terminal has sent it to both. */
  readonly relay = (name: NodeJS.Signals): void => {
    if (!this.#leadsGroup && FROM_KEYBOARD.has(name) && isInForeground()) return
    this.#signal(name)
  }

  /**
   * SIGTERM, and after a grace SIGKILL, for the command and what it has started. Resolves when it has ended, or when it turns out that it
   * cannot be ended, which is said.
   */
  async end(graceMs: number): Promise<void> {
    const { pid } = this.#child
    if (pid === undefined) return
    const family = new Family(pid, this.#leadsGroup)
    if (this.#signal('SIGTERM', family) === 'refused') {
      void sayAside("the command is another account's and may not be signalled; waiting for its end")
    }
    // One that is stopped would not see it.
    this.#signal('SIGCONT', family)
    await this.#waitForEnd(family, graceMs)
    const deadline = systemClock.now() + LAST_WAIT_MS
    while (this.#isAlive(family) && systemClock.now() < deadline) {
      family.look()
      this.#signal('SIGKILL', family)
      await sleep(LOOK_EVERY_MS)
    }
    if (this.#isAlive(family)) await sayAside('the command could not be ended, and runs on without the lock')
    else await this.exited
  }

  /** Who is started in that time may be cleaning up, and is only remembered. */
  async #waitForEnd(family: Family, ms: number): Promise<void> {
    const deadline = systemClock.now() + ms
    let lookAt = 0
    while (systemClock.now() < deadline) {
      if (!this.#isAlive(family) || systemClock.now() >= lookAt) {
        family.look()
        lookAt = systemClock.now() + LOOK_AROUND_EVERY_MS
        if (!this.#isAlive(family)) return
      }
      await sleep(LOOK_EVERY_MS)
    }
  }

  /** @returns `refused` when nobody could be sent it */
  #signal(name: NodeJS.Signals, family?: Family): Signalled {
    const { pid } = this.#child
    if (pid === undefined) return 'gone'
    const own = this.#leadsGroup ? [-pid] : this.#hasExited ? [] : [pid]
    const others = (family?.alive ?? []).filter(({ id, group }) => (this.#leadsGroup ? group : id) !== pid)
    const answers = [...own, ...others.map(({ id }) => id)].map((target) => sendSignal(target, name))
    return answers.includes('sent') ? 'sent' : answers.includes('refused') ? 'refused' : 'gone'
  }

  #isAlive(family: Family): boolean {
    if (!this.#hasExited) return true
    if (family.isKnown) return family.alive.length > 0
    return this.#leadsGroup && sendSignal(-this.#child.pid!, 0) !== 'gone'
  }

  /** Its number may be somebody else's from then on. */
  get #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}

function notRun(program: string, error: NodeJS.ErrnoException): CliError {
  if (error.code === 'ENOENT') return new CliError(`${program}: command not found`, EXIT.notFound)
  return new CliError(`${program}: cannot be run (${error.code ?? error.message})`, EXIT.notExecutable)
}
