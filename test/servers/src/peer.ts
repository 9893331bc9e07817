import type { Log } from './log.js'
import type { Settings } from './server-settings.js'

export const PEER_KINDS = ['redis', 'postgresql'] as const

/** Servers of other kinds whose locks a benchmark compares with named locks. */
export type PeerKind = (typeof PEER_KINDS)[number]

export interface StartPeerOptions {
  /** Gets every line of progress and of the server's own log. Default: nobody does. */
  log?: Log
  /** Go to the server after this package's own: a line of redis.conf each, or `-c key=value` for PostgreSQL. */
  settings?: Settings
}

/** A running server of one's own with its defaults, on 127.0.0.1. It ends with this process at the latest. */
export interface PeerServer {
  readonly kind: PeerKind
  /** What the program calls itself, such as `7.0.15` or `15.18`. */
  readonly version: string
  /** `redis://:password@127.0.0.1:port` or `postgresql://user:password@127.0.0.1:port/database`; the user may do everything. */
  readonly url: string
  /** Ends the server and removes its data. Idempotent. */
  stop(): Promise<void>
}
