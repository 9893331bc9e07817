import { setTimeout as sleep } from 'node:timers/promises'
import type { Statement } from './statement.js'

/** What a server says in an ERR packet. */
export interface ServerError {
  /** The server's number of the error: 1213 for a deadlock. */
  readonly errno: number
  /** Five characters. */
  readonly sqlState: string
  /** The text, without number and state. */
  readonly message: string
}

/** What becomes of the reply to a statement that was forwarded. */
export type ReplyFault =
  | {
      /** See `delayReply()`. */
      readonly kind: 'delay'
      /** In milliseconds. */
      readonly ms: number
    }
  | {
      /** See `cutAfterForward()`. */
      readonly kind: 'lose'
      /** In milliseconds. */
      readonly ms: number | undefined
    }
  | {
      /** See `cutAfterReply()`. */
      readonly kind: 'cut-after'
    }

/** What the proxy does with one statement; made by the functions of this file. */
export type Fault =
  | {
      /** See `delay()`, `holdUntil()` and `run()`. */
      readonly kind: 'wait'
      /** Resolves when the statement is to go on; `signal` aborts when its connection has ended. A rejection cuts that. */
      readonly until: (statement: Statement, signal: AbortSignal) => Promise<unknown>
    }
  | {
      /** See `fail()`. */
      readonly kind: 'fail'
      /** What the client is told. */
      readonly error: ServerError
    }
  | {
      /** See `answerNothing()`. */
      readonly kind: 'swallow'
    }
  | {
      /** See `cutBefore()`. */
      readonly kind: 'cut-before'
    }
  | {
      /** The statement goes on at once. */
      readonly kind: 'forward'
      /** What becomes of the reply to it. */
      readonly reply: ReplyFault
    }

/** Forwards the statement `ms` later; what follows it on that connection waits too. */
export function delay(ms: number): Fault {
  return { kind: 'wait', until: (_, signal) => sleep(ms, undefined, { signal }) }
}

/** Forwards the statement when `promise` resolves; what follows it on that connection waits too. */
export function holdUntil(promise: Promise<unknown>): Fault {
  return { kind: 'wait', until: () => promise }
}

/** Runs `action` to its end before forwarding; what follows the statement on that connection waits too. */
export function run(action: (statement: Statement) => Promise<unknown>): Fault {
  return { kind: 'wait', until: async (statement) => action(statement) }
}

/** Answers with an error; the server never sees the statement. */
export function fail(error: ServerError): Fault {
  return { kind: 'fail', error }
}

/**
 * Neither forwards nor answers. Later statements of that connection are forwarded and answered as usual, so a
 * client that sends them without waiting takes the next reply for this one.
 */
export function answerNothing(): Fault {
  return { kind: 'swallow' }
}

/** Resets the client's and the server's socket; the server never sees the statement. */
export function cutBefore(): Fault {
  return { kind: 'cut-before' }
}

/** Options of `cutAfterForward()`. */
export interface CutAfterForwardOptions {
  /**
   * The longest wait for the server's reply, in milliseconds, 0 or more.
   * @default no limit
   */
  readonly ms?: number
}

/**
 * The lost reply: forwards the statement, withholds the reply, and resets both sockets once the server has replied,
 * or after `ms` if it has not by then.
 */
export function cutAfterForward(options: CutAfterForwardOptions = {}): Fault {
  return { kind: 'forward', reply: { kind: 'lose', ms: options.ms } }
}

/** Delivers the whole reply, then closes the client's socket (FIN) and resets the server's. */
export function cutAfterReply(): Fault {
  return { kind: 'forward', reply: { kind: 'cut-after' } }
}

/** Forwards at once; the reply reaches the client `ms` after the server gave it. */
export function delayReply(ms: number): Fault {
  return { kind: 'forward', reply: { kind: 'delay', ms } }
}
