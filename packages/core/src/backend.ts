import type { Holder, NamedLockEntry } from './holder.js'

/**
 * The contract between ormutex and whatever grants the locks: a database session, a lease in memcached or etcd, a map in
 * this process. The core owns the order of events, deadlines, local queues and errors; a backend only asks, answers and
 * says when a session is gone.
 *
 * A *session* is whatever the server counts as one holder: for SQL a pinned connection, for a lease service an id with a
 * time to live. Everything granted to a session is gone when the session is gone.
 *
 * @typeParam Tx what callbacks get
 * @typeParam TxOptions the options of a transaction
 */
export interface Backend<Tx, TxOptions extends object> {
  /**
   * How many sessions may be open at once (the pool's size); `Infinity` where sessions cost nothing, `undefined` as long as
   * it is not known.
   */
  readonly maxSessions: number | undefined
  /** Whether it has opened any session so far, for messages: a pool that has given none may have none to give. Default: that is not known. */
  readonly hasOpened?: boolean | undefined
  /**
   * Whether `open` may wait for ever, since the pool has no limit of its own: then the core ends that wait for calls without a deadline.
   * @default false
   */
  readonly opensWithoutLimit?: boolean | undefined
  /**
   * Names of the options that `Session.transaction` understands; the core refuses all others as misspelt. What an adapter
   * adds to a call's options under a symbol of its own is handed on, too.
   */
  readonly transactionOptions: readonly string[]
  /** How a lock joins a transaction, for messages. */
  readonly joining: Joining
  /** What grants the locks, as far as it is known without asking: for those who are told of them. */
  readonly server?: ServerIdentity | undefined
  /**
   * Refuses values of those options before anything is sent.
   * @throws {TypeError | RangeError} for values that are none
   */
  checkTransactionOptions(options: TxOptions): void
  /**
   * Opens (pins) a session.
   * @param purpose the options of the transaction that it is opened for, if it is for one
   * @throws {PoolTimeoutError} the pool gave none in time; any other error means that none can be had now (`LOCK_FAILED`)
   */
  open(purpose?: TxOptions): Promise<Session<Tx, TxOptions>>
  /**
   * The session under a transaction that somebody else began. Called once for each outermost transaction.
   * @throws {OrmutexError} when it cannot be joined (`LOCK_UNSUPPORTED`), or has ended (`LOCK_FAILED`)
   */
  join(transaction: Tx): Promise<JoinedSession>
  /** What identifies the outermost transaction around `transaction`: the same object for a savepoint inside it. */
  rootOf(transaction: Tx): object
  /**
   * Asked before the source is closed: resolves when what is under way for sessions that are over, such as the end of a statement that
   * still runs on the server, has arrived there. Waits for seconds at most, and never rejects. Default: nothing is under way.
   */
  settle?(): Promise<void>
}

/** Where a server is reached. */
export interface ServerAddress {
  /** A host's name or address, or the path of a socket. */
  readonly address: string
  /** The port; none for a socket. */
  readonly port?: number | undefined
}

/** What grants the locks, in words that monitoring has for it. Where it is reached is there if the driver tells. */
export interface ServerIdentity extends Partial<ServerAddress> {
  /** What kind of server: `mysql`, `mariadb`. */
  readonly system: string
  /** The current database of the first connection that was asked; empty when none was selected. */
  readonly database: string
}

/** How a lock joins a transaction, in the application's words: for messages. */
export interface Joining {
  /** What to write, in the application's words: `trx.withNamedLock(…)`. */
  readonly how: string
  /** The option of a call that names the transaction, where there is one: see `JoinOption`. */
  readonly option?: string
}

/** A granted lock. */
export interface Grant {
  /** The server's id of the session. */
  readonly sessionId: string
  /** Grows with every grant on one server; less than 2^56. */
  readonly token: bigint
}

/**
 * One holder, as far as locks go. Calls of `acquire` that do not wait and of `release` may be made before earlier ones were
 * answered, and are served in their order.
 */
export interface LockSession {
  /** The server's id of the session, digits only; `undefined` as long as nothing was granted to it. */
  readonly id: string | undefined
  /** Longest wait in milliseconds that one `acquire` takes; the core asks again for the rest. */
  readonly longestWaitMs: number
  /** How often the session must be renewed to stay alive even while it waits, in milliseconds; `null` where it lives by itself. */
  readonly renewEveryMs: number | null
  /**
   * Bounds how long the server keeps the session's locks once it was cut off, from now until the session is closed: a
   * connection's idle time, a lease's time to live. The core renews it in time. Called again, the shorter bound counts.
   * @param ms in milliseconds, whole seconds, 1000 or more
   * @throws what went wrong: the session is not used then
   */
  boundOrphan(ms: number): Promise<void>
  /**
   * The namespace of names when the application gave none.
   * @throws what went wrong: the call rejects with `LOCK_FAILED`
   */
  defaultNamespace(): Promise<string>
  /**
   * Asks for a key and waits up to `waitMs` (0: not at all): the grant, or `null` when it was refused in that time. A
   * refusal is final: the key is not granted later. Never called for a key that the session already holds.
   * @param key what the server sees, at most 64 characters of `[a-z0-9:._~-]`
   * @param waitMs in milliseconds, at most `longestWaitMs`
   * @throws {SessionLostError} the session is gone, and with it everything it held
   * @throws {LockDeadlockError | LockFailedError | LockUnsupportedError} the server refused; the caller is told that,
   * of the first two with the lock's name before the message
   */
  acquire(key: string, waitMs: number): Promise<Grant | null>
  /**
   * Gives up the `acquire` that is running and keeps what else the session holds: the key is not held when the next
   * `acquire`, `release` or `close` begins, and will not be granted later. Resolves within 40 ms, and never rejects: what cannot be
   * given up ends the session.
   */
  abandon(key: string): Promise<void>
  /** Gives keys back. Rejects when one of them was not held any more. */
  release(keys: readonly string[]): Promise<void>
  /** Asks for a sign of life. Rejects when the session is gone. */
  renew(): Promise<void>
  /** Calls back at most once, as soon as the session is known to be gone. Returns a function that unsubscribes. */
  onLost(listener: (cause: unknown) => void): () => void
  /**
   * Who has a key: `null` when nobody.
   * @throws what went wrong: the call rejects with `LOCK_FAILED`
   */
  holderOf(key: string): Promise<Holder | null>
  /**
   * Every key held or waited for on the server, as far as it shows them; `knownKeys` are looked at in any case.
   * @throws what went wrong: the call rejects with `LOCK_FAILED`
   */
  list(knownKeys: readonly string[]): Promise<NamedLockEntry[]>
  /**
   * Hands a session back on which nothing is held and no transaction is open. Never rejects: what cannot be handed back
   * clean is destroyed. Afterwards `destroy` does nothing.
   */
  close(): Promise<void>
  /**
   * Ends the session, so that the server takes back whatever it holds; never reused. `evenIfBusy` asks to end a statement
   * that is still running on the server, too. Whatever waits for an answer rejects. May be called at any time, any number of times.
   */
  destroy(options?: { readonly evenIfBusy?: boolean }): void
}

/** A session that can run a transaction. */
export interface Session<Tx, TxOptions extends object> extends LockSession {
  /** Whether an error thrown during a transaction means that the statement was not even sent: the session was gone before. */
  isUnsent(error: unknown): boolean
  /** Whether an error thrown during a transaction means that this session is gone or its last answer is missing. */
  isLostBy(error: unknown): boolean
  /**
   * Runs a transaction: begins, calls `work`, commits when it resolves and rolls back when it rejects. Resolves after the
   * commit was answered; rejects with the very error of `work` when the rollback was answered, with another one otherwise.
   * @param next asked when COMMIT is about to be sent: the options of the transaction that will follow on this session at once, as
   * far as is known. Whoever can begins it with that COMMIT.
   */
  transaction(
    work: (transaction: Tx) => Promise<unknown>,
    options: TxOptions,
    next: () => TxOptions | undefined,
  ): Promise<AfterCommit | void>
  /**
   * Makes the session, on which no transaction is used and the locks are still held, as if it had been opened for another purpose.
   * `false` where that cannot be; then nothing has changed.
   */
  repurpose(purpose: TxOptions): boolean
}

/**
 * What an ORM still runs after a commit, its own hooks for instance: called once the locks are released and the session is
 * handed back. When it rejects, so does the call with that same error, although everything is committed.
 */
export type AfterCommit = () => Promise<void>

/** The session under somebody else's transaction: `close` does not end it, and it tells when the transaction has ended. */
export interface JoinedSession extends LockSession {
  /** Calls back when the transaction ends. Each call back is waited for. */
  onEnd(listener: TransactionEndListener): void
}

/** Who has locks in a transaction that somebody else began. */
export interface TransactionEndListener {
  /** Before COMMIT or ROLLBACK is sent, which waits for it. When it rejects, the transaction must not be committed. */
  ending(): Promise<void> | undefined
  /**
   * When it was answered (or the connection given up), before the connection can serve anyone else and before whoever awaits
   * the transaction's end goes on. At most once. Never rejects.
   */
  ended(): Promise<void>
}

/** Thrown by a session whose server side is gone. `cause` is the driver's error. */
export class SessionLostError extends Error {
  /**
   * For a session whose server side is gone.
   * @param cause the driver's error
   */
  constructor(cause: unknown) {
    super('The session is gone', { cause })
    this.name = 'SessionLostError'
  }
}

/** Thrown by `open` when the pool's own limit ran out before it had a connection to give. */
export class PoolTimeoutError extends Error {
  /**
   * For a pool whose own limit ran out.
   * @param cause the pool's error
   */
  constructor(cause: unknown) {
    super('The pool gave no connection in time', { cause })
    this.name = 'PoolTimeoutError'
  }
}
