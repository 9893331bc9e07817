import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Deferred, deferred } from '../support/deferred.js'
import type { Command, Commands, Response } from './protocol.js'

/** A child process with a source of its own. It ends with this process at the latest. */
export class WorkerProcess {
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>
  readonly #child: ChildProcess
  readonly #calls = new Map<number, Deferred<unknown>>()
  #lastId = 0

  constructor(harnessUrl: string) {
    const script = fileURLToPath(new URL('./worker.js', import.meta.url))
    this.#child = fork(script, [harnessUrl], { serialization: 'advanced', execArgv: [] })
    this.#child.on('message', (response) => this.#settle(response as Response))
    this.ended = once(this.#child, 'exit').then(() => {
      for (const call of this.#calls.values()) call.reject(new Error('The worker process has ended'))
    })
  }

  /** The operating system's id of it. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  call<C extends Command>(command: C, args: Commands[C]['args']): Promise<Commands[C]['answer']> {
    const id = (this.#lastId += 1)
    const call = deferred<unknown>()
    this.#calls.set(id, call)
    // One that was killed takes no more, and says so.
    this.#child.send({ id, command, args }, (error) => error && call.reject(error))
    return call.promise as Promise<Commands[C]['answer']>
  }

  /** Ends it without a word, as `kill -9` does. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #settle(response: Response): void {
    const call = this.#calls.get(response.id)
    this.#calls.delete(response.id)
    if ('error' in response) call?.reject(new Error(`In the worker process: ${response.error}`))
    else call?.resolve(response.value)
  }
}
