import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMs } from '../monotonic.js'
import type { HistoryEvent, Unstamped } from './events.js'

/** Writes one process's part of a history. */
export class Recorder {
  readonly #file: number
  readonly #stamp: { readonly pid: number; readonly seed: number; readonly by: string }

  /** @param folder gets a file that is named after who writes it */
  constructor(folder: string, by: string, seed: number) {
    this.#stamp = { pid: process.pid, seed, by }
    this.#file = openSync(join(folder, `${by}-${process.pid}.jsonl`), 'a')
  }

  /** Answers when the event is with the operating system: what a killed process has recorded is not lost with it. */
  record(event: Unstamped): void {
    const stamped = { at: monotonicMs(), ...this.#stamp, ...event } as HistoryEvent
    writeSync(this.#file, `${JSON.stringify(stamped)}\n`)
  }
}
