import { SessionLostError } from '../backend.js'
import type { Query } from './dialect.js'
import { isConnectionGone } from './sql-errors.js'
import type { SqlSource } from './sql-source.js'

/** A connection of a pool, or of somebody's transaction, that is ours for a while and may be gone at any moment. */
export class LiveConnection<Connection> {
  readonly connection: Connection
  readonly #source: Pick<SqlSource<Connection, never, object>, 'driver' | 'unpin'>
  readonly #pinned: boolean
  readonly #stopListening: () => void
  /** Rejects what is waiting for an answer: drivers drop their callbacks without a word when a connection is closed. */
  readonly #pending = new Set<(error: SessionLostError) => void>()
  #lost: SessionLostError | null = null
  #lostListener: ((cause: unknown) => void) | undefined
  #over = false

  /** @param pinned true for a connection that we took out of the pool, false for one that belongs to a transaction */
  constructor(
    source: Pick<SqlSource<Connection, never, object>, 'driver' | 'unpin'>,
    connection: Connection,
    pinned: boolean,
  ) {
    this.connection = connection
    this.#source = source
    this.#pinned = pinned
    this.#stopListening = source.driver.onLost(connection, (cause) => this.lose(cause))
  }

  /** Given back, closed or lost: it may already serve somebody else. */
  get isOver(): boolean {
    return this.#over
  }

  readonly query: Query = (sql) => this.#answered(() => this.#source.driver.query(this.connection, sql))

  ping(): Promise<void> {
    return this.#answered(() => this.#source.driver.ping(this.connection))
  }

  /** See `LockSession.onLost`. */
  onLost(listener: (cause: unknown) => void): () => void {
    this.#lostListener = listener
    if (this.#lost !== null) listener(this.#lost.cause)
    return () => {
      this.#lostListener = undefined
    }
  }

  /** Counts it as lost, and closes it. */
  lose(cause: unknown): void {
    if (this.#over) return
    this.#lost = new SessionLostError(cause)
    this.#source.driver.sever(this.connection)
    this.leave()
    this.#rejectPending(this.#lost)
    this.#lostListener?.(cause)
  }

  /** Closes it, which is no loss. */
  destroy(): void {
    if (this.#over) return
    this.#source.driver.sever(this.connection)
    this.leave()
    this.#rejectPending(new SessionLostError(new Error('The connection was closed by ormutex')))
  }

  /** Gives it back. */
  leave(): void {
    this.#over = true
    this.#stopListening()
    if (this.#pinned) this.#source.unpin(this.connection)
  }

  #answered<T>(send: () => Promise<T>): Promise<T> {
    // Once it was handed back or closed, the connection may already serve somebody else.
    if (this.#over) return Promise.reject(this.#lost ?? new SessionLostError(new Error('The session is over')))
    return new Promise((resolve, reject) => {
      this.#pending.add(reject)
      send().then(
        (value) => {
          this.#pending.delete(reject)
          resolve(value)
        },
        (error: unknown) => {
          this.#pending.delete(reject)
          if (!isConnectionGone(error)) return reject(error)
          this.lose(error)
          reject(this.#lost)
        },
      )
    })
  }

  #rejectPending(error: SessionLostError): void {
    this.#lost ??= error
    for (const reject of this.#pending) reject(error)
    this.#pending.clear()
  }
}
