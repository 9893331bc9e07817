import type { JoinedLocks, NamedLocks, NamedLocksOptions } from '@ormutex/core'

/** A row as a driver returns it. */
export type Row = Readonly<Record<string, unknown>>

/** Where a database is. */
export interface ServerAddress {
  /** Which family of servers. */
  readonly flavour: 'mysql' | 'mariadb'
  /** Its name or address. */
  readonly host: string
  /** Its TCP port. */
  readonly port: number
  /** The account. */
  readonly user: string
  /** The account's; empty for none. */
  readonly password: string
  /** The database to select. */
  readonly database: string
}

/** How the suite wants a source opened. */
export interface OpenOptions {
  /**
   * The server to connect to.
   * @default none: for a backend without one
   */
  readonly server?: ServerAddress
  /** The most connections of the pool, 1 or more. None may be dropped for being idle while the suite runs. */
  readonly poolSize: number
  /**
   * Handed to `namedLocks()` as it is.
   * @default none
   */
  readonly namedLocks?: NamedLocksOptions
}

/** What a backend or an adapter declares of itself; the suite derives from it which cases make sense. */
export interface Capabilities {
  /** Sessions are connections to a MySQL or MariaDB server that other processes share. */
  readonly server: boolean
  /**
   * Which transactions locks can join: `any` that the source began, only those of a callback that is `locked` already, or
   * `none`.
   */
  readonly joins: 'any' | 'locked' | 'none'
  /**
   * Whether sessions are the driver's own connections. Where they are only what an ORM's transactions let through, the loss of one
   * shows with its next statement, the ORM's own BEGIN and ROLLBACK are around everything, and the pool's size is not known.
   * @default true
   */
  readonly direct?: boolean
  /**
   * Whether a source that was closed opens again with the next call, as the ORM's own queries do.
   * @default false
   */
  readonly reopens?: boolean
}

/** An adapter or a backend as the suite sees it. Its module must be importable by child processes and export it as `harness`. */
export interface Harness<Tx> {
  /** What titles call it: the ORM and the server. */
  readonly name: string
  /** What it can do. */
  readonly capabilities: Capabilities
  /** The driver's error behind one that a statement was rejected with, where the ORM wraps it. Default: that same error. */
  driverError?(error: unknown): unknown
  /** Opens a source. All that are opened on one server (without a server: all) share their locks and their counters. */
  open(options: OpenOptions): Promise<Subject<Tx>>
}

/** One opened source: its locks, and what the suite needs to see their effect. */
export interface Subject<Tx> {
  /** The six methods under test, under the names of `NamedLocks` whatever the ORM calls them. */
  readonly locks: NamedLocks<Tx>
  /** The locks of a transaction; only called as `capabilities.joins` allows. */
  joined(transaction: Tx): JoinedLocks<Tx>
  /** Runs a transaction of the ORM's own, without any lock. */
  transaction<T>(work: (transaction: Tx) => Promise<T>): Promise<T>
  /** Runs part of a transaction inside a savepoint, rolled back when `work` rejects; needed with `joins: 'any'`. */
  savepoint?<T>(transaction: Tx, work: (transaction: Tx) => Promise<T>): Promise<T>
  /** The value of the row `name` in `counters` (0 when there is none), read plainly, in a transaction or on the pool. */
  read(transaction: Tx | null, name: string): Promise<number>
  /** Sets the row `name` in `counters`, whether it is there or not. */
  write(transaction: Tx | null, name: string, value: number): Promise<void>
  /** Runs a statement in a transaction or on the pool; only called where `capabilities.server`. */
  query(transaction: Tx | null, sql: string): Promise<readonly Row[]>
  /** Transaction options in the ORM's own words for an isolation level; only called where `capabilities.server`. */
  isolation(level: 'READ COMMITTED' | 'REPEATABLE READ'): object
  /** Connections of the pool that are handed out at this moment. */
  connectionsInUse(): number
  /** Ends a session from outside, as an operator's KILL would. */
  killSession(sessionId: string): Promise<void>
  /** Closes the source with everything that is still open on it. */
  close(): Promise<void>
}
