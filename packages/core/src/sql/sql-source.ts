import type { AfterCommit, Joining, ServerAddress, TransactionEndListener } from '../backend.js'

/** A row as a driver returns it, by column name. */
export type Row = Readonly<Record<string, unknown>>

/** What a driver does with one of its connections. */
export interface SqlDriver<Connection> {
  /** Sends a statement as it is and resolves with its rows; a rejection is the driver's own error. */
  query(connection: Connection, sql: string): Promise<readonly Row[]>
  /** Asks the server for a sign of life without a statement. Rejects when there is none. */
  ping(connection: Connection): Promise<void>
  /** Calls back at most once, as soon as the connection is known to be gone. Returns a function that takes every listener off. */
  onLost(connection: Connection, listener: (cause: unknown) => void): () => void
  /** Closes the connection at once, without a word to the server and without waiting for what is running on it. */
  sever(connection: Connection): void
  /** The server's id of the connection, where the driver knows it: from the handshake, unless `greetedIdOf` says otherwise. */
  threadIdOf(connection: Connection): string | undefined
  /**
   * The id that the connection was told in the handshake, where that is known: a proxy shows in it.
   * @default `threadIdOf`
   */
  greetedIdOf?(connection: Connection): string | undefined
  /** Where a connection leads to, as far as the driver tells. */
  addressOf?(connection: Connection): ServerAddress | undefined
  /** The driver's error behind one that the ORM made of it. Default: that same error. */
  driverErrorOf?(error: unknown): unknown
}

/** How a transaction is tied to the one before it and to the one after it on the same connection. */
export interface Chain {
  /** Whether the one before has begun it: then nothing is to be sent for that. */
  readonly isBegun: boolean
  /** Whether there would be one after it, as far as is known now. */
  hasNext(): boolean
  /**
   * Asked when COMMIT is about to be sent: whether that is to be `COMMIT AND CHAIN`, which begins the one after. Only of a transaction
   * that is certain to be still the one that was begun (see `keepsTransaction`): the next one is of its kind.
   */
  beginsNext(): boolean
}

/**
 * What an adapter tells of its ORM: how to pin a connection, how to run the ORM's own transaction on it, and how to find
 * the connection of a transaction that is already there. Everything else about locks is the core's.
 *
 * @typeParam Connection what the pool hands out
 * @typeParam Tx what callbacks get
 * @typeParam TxOptions the ORM's own transaction options
 */
export interface SqlSource<Connection, Tx, TxOptions extends object> {
  /** What sends statements on its connections. */
  readonly driver: SqlDriver<Connection>
  /** The most connections that the pool opens; `Infinity` for no limit, `undefined` as long as it is not known. */
  readonly poolSize: number | undefined
  /**
   * Whether `pin` may wait for ever, since the pool has no limit of its own: then the core ends that wait for calls without a deadline.
   * @default false
   */
  readonly pinsWithoutLimit?: boolean | undefined
  /**
   * Longest single wait at the server, in milliseconds, where a wait that is given up may go on to its end.
   * @default 3600000: an hour
   */
  readonly longestWaitMs?: number | undefined
  /** Names of the ORM's own transaction options that a call may carry. */
  readonly transactionOptions: readonly string[]
  /** How a lock joins a transaction, for messages. */
  readonly joining: Joining
  /**
   * Refuses values of those options that the ORM or the server would refuse later.
   * @throws {TypeError | RangeError} for values that are none
   */
  checkTransactionOptions(options: TxOptions): void
  /**
   * Takes a connection out of the pool.
   * @param purpose the options of the transaction that it is taken for, if it is for one
   * @throws {PoolTimeoutError} when the pool's own limit ran out; any other error means that no connection can be had now
   */
  pin(purpose?: TxOptions): Promise<Connection>
  /** Whether a connection that `pin` gave has a transaction open all the time, until it is given back. Default: it has none. */
  isInTransaction?(connection: Connection): boolean
  /** Gives a pinned connection back; the pool drops it if it was severed. */
  unpin(connection: Connection): void
  /**
   * Runs the ORM's transaction on a pinned connection, as `Session.transaction` says, which also says how it rejects. The connection stays
   * pinned.
   * @param chain of transactions with the same options
   */
  transaction(
    connection: Connection,
    work: (transaction: Tx) => Promise<unknown>,
    options: TxOptions,
    chain: Chain,
  ): Promise<AfterCommit | void>
  /**
   * Whether connections lose what a borrower set on them, such as session variables, when they go back into the pool: then none is
   * handed on to the next holder without going back.
   */
  readonly resetsConnections?: boolean | undefined
  /** Makes a connection fit for another transaction: see `Session.repurpose`. Default: a connection is the same for every purpose. */
  repurpose?(connection: Connection, purpose: TxOptions): boolean
  /** The outermost transaction's object, the same for all savepoints inside it. */
  rootOf(transaction: Tx): object
  /**
   * The connection that a transaction runs on.
   * @throws {OrmutexError} `LOCK_FAILED` when it has ended
   */
  connectionOf(transaction: Tx): Promise<Connection>
  /** Calls back around the end of a transaction: see `JoinedSession.onEnd`. `connection` is what `connectionOf` gave. */
  onTransactionEnd(transaction: Tx, connection: Connection, listener: TransactionEndListener): void
}
