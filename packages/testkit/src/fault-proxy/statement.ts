/** How a statement came: as text, by one of the two steps of a prepared one, or as one of the commands for which there is no SQL. */
export type StatementKind = 'query' | 'prepare' | 'execute' | 'ping' | 'quit'

/** A statement as the proxy saw it arrive from a client, whether or not the server ever got it. */
export interface Statement {
  /** The proxy's own running number of the connection, from 1. */
  readonly connection: number
  /** The connection id that the server's greeting gave it, as `CONNECTION_ID()` answers it. */
  readonly sessionId: string
  /** How it came. */
  readonly kind: StatementKind
  /** `PING` and `QUIT` for those commands; `(execute)` where a prepared statement's SQL is not known. */
  readonly sql: string
  /** When it arrived, by `performance.now()`. */
  readonly at: number
}
