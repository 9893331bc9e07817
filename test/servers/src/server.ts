import type { Flavour } from './flavour.js'
import type { Exit } from './guardian-protocol.js'
import type { Log } from './log.js'
import type { Settings } from './server-settings.js'
import type { Source } from './way.js'

export interface StartOptions {
  /** Gets every line of progress and of the server's own log. Default: nobody does. */
  log?: Log
  /** Passed to the server as `--key=value`, after this package's own. A server that a URL leads to cannot have any. */
  settings?: Settings
  /** Which version to take where there is a choice, which is with Docker only: `9`, `8.4`, `10.11`, `11.8`. */
  version?: string
}

export interface StopOptions {
  /** Ask the server to shut down, as an operator would, before it is killed. Default: false. */
  graceful?: boolean
}

/** A running server of one's own. It ends with this process at the latest, however that ends. */
export interface TestServer {
  readonly flavour: Flavour
  readonly source: Source
  readonly host: string
  readonly port: number
  /** An account with all privileges. */
  readonly user: string
  readonly password: string
  /** Empty at the start. */
  readonly database: string
  /** What `SELECT VERSION()` answers. */
  readonly version: string
  /** `mysql://user:password@host:port/database` */
  readonly url: string
  /** The server's process, where it is one of this machine that this package has started. */
  readonly pid: number | undefined
  /** Resolves when the server's process ends, by itself or by `stop`; never for a server that has none (see `pid`). */
  readonly exited: Promise<Exit>
  /** Makes a database, with a random name unless given one, and answers its name. An existing name is an error. */
  createDatabase(name?: string): Promise<string>
  /** Ends the server and removes its data, or drops what was created on a server that a URL leads to. Idempotent. */
  stop(options?: StopOptions): Promise<void>
}
