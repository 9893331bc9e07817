import type { OpenOptions } from '../harness.js'

/** What a worker process is asked to do, and what it answers. */
export interface Commands {
  open: { readonly args: OpenOptions; readonly answer: void }
  /** Closes what was opened. */
  close: { readonly args: undefined; readonly answer: void }
  /** Reads a counter, pauses and writes it back one higher, `times` times; answers what it wrote, under which token. */
  increment: {
    readonly args: {
      /** The lock; without one the increments lose each other. */
      readonly name: string | null
      readonly counter: string
      readonly times: number
      readonly pauseMs: number
      readonly level: 'READ COMMITTED' | 'REPEATABLE READ'
    }
    readonly answer: readonly { readonly value: number; readonly token: bigint }[]
  }
  /** Takes a lock, writes a counter in its transaction and answers; the callback never returns. */
  holdForEver: {
    readonly args: { readonly name: string; readonly counter: string; readonly value: number }
    readonly answer: string
  }
  /** Asks for a lock and answers without waiting for it. */
  startWaiting: { readonly args: { readonly name: string }; readonly answer: void }
}

export type Command = keyof Commands

export interface Request<C extends Command = Command> {
  readonly id: number
  readonly command: C
  readonly args: Commands[C]['args']
}

export type Response =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
