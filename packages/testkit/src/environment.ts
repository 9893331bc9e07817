import type { FaultProxy } from './fault-proxy/index.js'
import type { Row, ServerAddress } from './harness.js'

/** What the suite needs around a backend whose sessions are connections to a server: see `serverEnvironment()`. */
export interface Environment {
  /** The server itself, with a database of the suite's own in which `COUNTERS_TABLE` was created. */
  readonly server: ServerAddress
  /** Runs a statement as an administrator, on a connection that the subject knows nothing of. */
  control(sql: string): Promise<readonly Row[]>
  /** A proxy in front of the server; `server.host` and `server.port` must not lead through it. */
  readonly proxy: FaultProxy
  /** The module that exports the harness as `harness`, for child processes. */
  readonly harnessUrl: string
  /** Ends what belongs to the suite alone. */
  close(): Promise<void>
}
