import { setTimeout as sleep } from 'node:timers/promises'
import type { Statement } from './statement.js'

/** What a server says in an ERR packet. */
export interface ServerError {
  readonly errno: number
  /** Five characters. */
  readonly sqlState: string
  readonly message: string
}

/** What becomes of the reply to a statement that was forwarded. */
export type ReplyFault =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'lose'; readonly ms: number | undefined }
  | { readonly kind: 'cut-after' }

/** What the proxy does with one statement; made by the functions of this file. */
export type Fault =
  | { readonly kind: 'wait'; readonly until: (statement: Statement, signal: AbortSignal) => Promise<unknown> }
  | { readonly kind: 'fail'; readonly error: ServerError }
  | { readonly kind: 'swallow' }
  | { readonly kind: 'cut-before' }
  | { readonly kind: 'forward'; readonly reply: ReplyFault }

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

export interface CutAfterForwardOptions {
  /** The longest wait for the server's reply; without it there is no limit. */
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
