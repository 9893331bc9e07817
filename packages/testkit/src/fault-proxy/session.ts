import type { Connection } from './connection.js'
import type { CutAfterForwardOptions } from './faults.js'

/** How connections are cut. */
export interface CutOptions {
  /**
   * RST instead of FIN.
   * @default false
   */
  readonly reset?: boolean
}

/**
 * One client's session on the server, to do something to it while it runs. It stays with its connection: when that has
 * gone, nothing it is told has an effect.
 */
export interface Session {
  /** The server's connection id, as `CONNECTION_ID()` answers it. */
  readonly id: string
  /** The proxy's own running number of the connection, as in `Statement`. */
  readonly connection: number
  /** Whether any of its two sockets, the client's and the server's, is still open. */
  readonly isLive: boolean
  /** Whether a command was forwarded whose reply has not wholly come from the server; `false` for one not live. */
  readonly isBusy: boolean

  /** Closes it on both sides at once, even if it is frozen. */
  cut(options?: CutOptions): void

  /**
   * Holds back every byte, and the end of either side, in both directions: the connection is half-open. It stays so
   * until `thaw()`, whatever is done to the whole proxy; what is held by both needs both to thaw.
   */
  freeze(): void

  /** Delivers what was held back. */
  thaw(): void

  /**
   * From now on every byte, and the end of either side, arrives `ms` milliseconds later than it would, in its order.
   * 0 turns that off; what is on its way keeps its delay, and what follows does not overtake it.
   */
  setLatency(ms: number): void

  /**
   * The lost reply, see `cutAfterForward()`, of the next command forwarded that the server answers; or, if one was
   * forwarded whose reply has not begun to come, of that one. It replaces what a rule wants done to that reply.
   */
  loseNextReply(options?: CutAfterForwardOptions): void
}

/** The session of a connection whose server has said which one it is. */
export class ConnectionSession implements Session {
  readonly id: string
  readonly #connection: Connection

  constructor(id: string, connection: Connection) {
    this.id = id
    this.#connection = connection
  }

  get connection(): number {
    return this.#connection.number
  }

  get isLive(): boolean {
    return this.#connection.isOpen
  }

  get isBusy(): boolean {
    return this.isLive && this.#connection.isOwedReply
  }

  cut({ reset = false }: CutOptions = {}): void {
    this.#connection.cut({ reset })
  }

  freeze(): void {
    this.#connection.freeze('session')
  }

  thaw(): void {
    this.#connection.thaw('session')
  }

  setLatency(ms: number): void {
    this.#connection.setLatency(ms)
  }

  loseNextReply({ ms }: CutAfterForwardOptions = {}): void {
    this.#connection.loseNextReply(ms)
  }
}
