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
  /** Whether the server's wall clock is to be one that can be set, see `setClock`. Default: false. */
  clock?: boolean
}

export interface StopOptions {
  /** Ask the server to shut down, as an operator would; it is killed only if it has not done so in 15 s. Default: false. */
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
  /** The server's process at this time, where there is one and it is this package's own on this machine. */
  readonly pid: number | undefined
  /**
   * Resolves when the server's process ends for good: by itself or by `stop`, not by `halt`. Never for a server that is
   * no process of this machine (see `pid`).
   */
  readonly exited: Promise<Exit>
  /** Whether `halt` and `resume` work here: a server in a container or one that a URL leads to refuses both. */
  readonly canHalt: boolean
  /** Makes a database, with a random name unless given one, and answers its name. An existing name is an error. */
  createDatabase(name?: string): Promise<string>
  /**
   * Ends the server's process and keeps its data. Answers when the process has ended. Unless that is to be graceful, it
   * is a crash, with SIGKILL: what was committed before is there afterwards, since the system has all that was written.
   *
   * @example
   * await server.halt()
   * // ... nobody listens on server.port now
   * await server.resume()
   */
  halt(options?: StopOptions): Promise<Exit>
  /**
   * Starts a halted server on its data again, on the same port with the same account. Answers when it can be used. That
   * it ends instead is an error that tells why, and such a server cannot be resumed any more.
   */
  resume(): Promise<void>
  /**
   * Makes the server's wall clock jump: from now on it is off by so many milliseconds, a whole number up to 24 days either
   * way, whatever it was off before. It is right at the start, and stays as it is while the server is halted. The
   * monotonic clock goes on, and a single timed wait that the server has begun lasts as long as it would have.
   *
   * Undefined unless the server was started with `clock`, and where that cannot be done: in a container, at a URL, or on
   * a machine that has no C compiler and no package of one. The log then has the reason.
   */
  readonly setClock: ((offsetMs: number) => Promise<void>) | undefined
  /** Ends the server and removes its data, or drops what was created on a server that a URL leads to. Idempotent. */
  stop(options?: StopOptions): Promise<void>
}
