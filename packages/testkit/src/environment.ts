import type { Row, ServerAddress } from './harness.js'

/** What the suite needs around a backend whose sessions are connections to a server. */
export interface Environment {
  /** The server itself, with a database of the suite's own in which `COUNTERS_TABLE` was created. */
  readonly server: ServerAddress
  /** Runs a statement as an administrator, on a connection that the subject knows nothing of. */
  control(sql: string): Promise<readonly Row[]>
  /** A proxy in front of the server that reads its protocol; `server.host` and `server.port` must not lead through it. */
  readonly proxy: FaultProxy
  /** What the proxy can be told to do with a statement. */
  readonly faults: Faults
  /** The module that exports the harness as `harness`, for child processes. */
  readonly harnessUrl: string
  /** Ends what belongs to the suite alone. */
  close(): Promise<void>
}

/** A statement as the proxy saw it arrive. */
export interface Statement {
  /** The proxy's own number of the connection. */
  readonly connection: number
  readonly kind: 'query' | 'prepare' | 'execute' | 'ping' | 'quit'
  readonly sql: string
}

/** A fault that waits for its statement. */
export interface FaultRule {
  /** How many statements it was applied to. */
  readonly hits: number
  /** Resolves with the first statement it is applied to, before the fault happens. */
  hit(): Promise<Statement>
  remove(): void
}

/** See `Environment.proxy`. */
export interface FaultProxy {
  readonly host: string
  readonly port: number
  /** Every statement since the start or the last `clear()`, oldest first. */
  readonly statements: readonly Statement[]
  clear(): void
  /** Applies a fault to the next `times` (default 1) statements that match. */
  on(pattern: RegExp, fault: unknown, options?: { readonly times?: number }): FaultRule
  /** Resets every connection on both sides. */
  cutAll(options?: { readonly reset?: boolean }): void
  /** Holds every byte back in both directions, as a network that swallows packets does. */
  freeze(): void
  thaw(): void
}

/** See `Environment.faults`; what they return is only ever handed to `FaultProxy.on`. */
export interface Faults {
  /** Forwards the statement later, and everything behind it. */
  delay(ms: number): unknown
  /** Forwards the statement when the promise resolves, and everything behind it. */
  holdUntil(promise: Promise<unknown>): unknown
  /** Answers with an error; the server never sees the statement. */
  fail(error: { readonly errno: number; readonly sqlState: string; readonly message: string }): unknown
  /** Resets the connection; the server never sees the statement. */
  cutBefore(): unknown
  /** Forwards, withholds the answer and resets the connection once the server gave it. */
  cutAfterForward(): unknown
  /** Delivers the answer, then closes the connection. */
  cutAfterReply(): unknown
}
