import { setImmediate as nextTurn } from 'node:timers/promises'
import { LockUnsupportedError, PoolTimeoutError } from '@ormutex/core'
import { isConnectionGone, type Row } from '@ormutex/core/sql'
import { beginTransaction } from './begin-transaction.js'
import type { PrismaCallOptions } from './call-options.js'
import { driverErrorOf, isPoolTimeout, transactionOver } from './driver-errors.js'
import { endConnection } from './end-connection.js'
import { sentByPrisma } from './handshake.js'
import type { PinnedConnection, PrismaTransaction } from './pinned-connection.js'
import type { PrismaClientLike, QueryableLike } from './prisma-like.js'
import { OwnStatements, type TransactionOwner, watchedClient } from './watched-client.js'

/** When a connection is given up by itself, in milliseconds, 23 days: before Prisma would put it back into its pool, lock and all. */
const LONGEST_HOLD_MS = 2_000_000_000

/** How many connections of the pool may be found dead before that is what the caller hears. */
const PIN_ATTEMPTS = 3

/** Makes Prisma roll back and take its connection back. */
class GivenBack extends Error {}

/**
 * A connection of Prisma's that an interactive transaction keeps out of the pool: the only way to one when the adapter was not made
 * lockable. Prisma has sent BEGIN by then, and sends ROLLBACK before the connection goes back. What we end in between is begun anew
 * with the same statement (AND CHAIN), and what the application has asked for is waited for: so there is no moment at which a
 * statement of its own would commit by itself.
 */
export class InteractiveConnection implements PinnedConnection, TransactionOwner {
  /** Prisma's transaction is one, and so is the object that callbacks get. */
  readonly isForSeveral = false
  readonly threadId: string
  /** Prisma does not tell what the connector was greeted with. */
  readonly greetedId = undefined
  readonly isInTransaction: boolean
  /** Resolves when Prisma has the connection back, and nothing is under way any more for the sake of it. */
  readonly back: Promise<void>
  readonly #root: PrismaClientLike
  readonly #tx: QueryableLike
  readonly #own: OwnStatements
  readonly #giveBack: (reason: GivenBack) => void
  readonly #expiry: NodeJS.Timeout
  /** Rejects when the connection is gone. */
  readonly #gone: Promise<never>
  #reportGone!: (cause: unknown) => void
  #reportBack!: () => void
  #lostListener: ((cause: unknown) => void) | undefined
  #isSevered = false
  #rest = Promise.resolve()
  /** The application's operations that are under way. */
  readonly #operations = new Set<Promise<unknown>>()
  #isEnding = false

  /**
   * @param client whose transaction it is to be
   * @param root what sends statements on other connections
   * @param purpose the options of the transaction that it is for; `undefined` to have none open
   * @throws {PoolTimeoutError}
   */
  static async pin(
    client: PrismaClientLike,
    root: PrismaClientLike,
    purpose: PrismaCallOptions | undefined,
  ): Promise<InteractiveConnection> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await InteractiveConnection.#begin(client, root, purpose)
      } catch (error) {
        if (isPoolTimeout(error)) throw new PoolTimeoutError(error)
        // The pool's connections may have died unnoticed.
        if (attempt === PIN_ATTEMPTS || !isConnectionGone(driverErrorOf(error))) throw error
      }
    }
  }

  static #begin(
    client: PrismaClientLike,
    root: PrismaClientLike,
    purpose: PrismaCallOptions | undefined,
  ): Promise<InteractiveConnection> {
    return new Promise((resolve, reject) => {
      let isBegun = false
      let connection: InteractiveConnection | undefined
      let failure: unknown = new GivenBack()
      const take = async (tx: QueryableLike): Promise<void> => {
        const own = new OwnStatements()
        if (purpose === undefined) await own.send(() => tx.$executeRawUnsafe('COMMIT'))
        const rows = (await own.send(() => tx.$queryRawUnsafe('SELECT CONNECTION_ID() AS id'))) as readonly Row[]
        if (purpose !== undefined) await own.checkModels(client, tx)
        await new Promise<never>((_, giveBack) => {
          connection = new InteractiveConnection(root, tx, own, {
            threadId: String(rows[0]?.['id']),
            isInTransaction: purpose !== undefined,
            giveBack,
          })
          resolve(connection)
        })
      }
      const run = async (tx: QueryableLike): Promise<void> => {
        // An extension that tries a failed transaction once more has nobody left to do it for.
        if (isBegun) throw failure
        isBegun = true
        try {
          await take(tx)
        } catch (error) {
          failure = error
          throw error
        }
      }
      const ended = (reason: unknown): void => {
        if (connection === undefined) reject(reason)
        else void connection.#rest.then(connection.#reportBack)
      }
      beginTransaction(watchedClient(client), run, purpose?.isolationLevel).then(
        () => ended(new LockUnsupportedError('An extension of this client did not run a transaction that was begun')),
        ended,
      )
    })
  }

  private constructor(
    root: PrismaClientLike,
    tx: QueryableLike,
    own: OwnStatements,
    begun: {
      readonly threadId: string
      readonly isInTransaction: boolean
      readonly giveBack: (reason: GivenBack) => void
    },
  ) {
    this.#root = root
    this.#tx = tx
    this.#own = own
    this.threadId = begun.threadId
    this.isInTransaction = begun.isInTransaction
    this.#giveBack = begun.giveBack
    own.own(this)
    this.#gone = new Promise((_, reject) => {
      this.#reportGone = reject
    })
    this.#gone.catch(() => {})
    this.back = new Promise((resolve) => {
      this.#reportBack = resolve
    })
    this.#expiry = setTimeout(() => this.lose(new Error('Held for 23 days')), LONGEST_HOLD_MS)
    this.#expiry.unref()
  }

  async query(sql: string): Promise<readonly Row[]> {
    try {
      return (await sentByPrisma(() => this.#own.send(() => this.#tx.$queryRawUnsafe(sql)))) as readonly Row[]
    } catch (error) {
      throw driverErrorOf(error)
    }
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1')
  }

  /** Prisma tells nobody that a connection has died: who uses it next sees. */
  onLost(listener: (cause: unknown) => void): () => void {
    this.#lostListener = listener
    return () => {
      this.#lostListener = undefined
    }
  }

  lose(cause: unknown): void {
    this.#lostListener?.(cause)
  }

  /** There is no socket to close, so the server is told to: on this connection, and when that is busy, on another one. */
  sever(): void {
    if (this.#isSevered) return
    this.#isSevered = true
    this.#isEnding = true
    this.#reportGone(new Error('The connection was closed by ormutex'))
    const { threadId } = this
    void endConnection({ threadId, tx: this.#tx, own: this.#own, root: this.#root }).then(({ rest }) => {
      this.#rest = rest
      this.#handOver()
    })
  }

  unpin(): void {
    // Who severs it has it given back when it is dead.
    if (!this.#isSevered) this.#handOver()
  }

  async transaction(
    _client: PrismaClientLike,
    work: (transaction: PrismaTransaction) => Promise<unknown>,
  ): Promise<void> {
    try {
      await Promise.race([work({ client: this.#tx, root: this }), this.#gone])
    } catch (error) {
      await this.#end('ROLLBACK')
      throw error
    }
    await this.#end('COMMIT')
  }

  async operate<T>(send: () => PromiseLike<T>): Promise<T> {
    if (this.#isEnding) throw transactionOver()
    const operation = Promise.resolve(send())
    this.#operations.add(operation)
    try {
      return await operation
    } finally {
      this.#operations.delete(operation)
    }
  }

  /** Ends the transaction that is open, and leaves another one open. */
  async #end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    // What the callback has asked for without waiting for it: begun by now, and part of the transaction.
    do {
      await nextTurn()
      await Promise.race([Promise.allSettled(this.#operations), this.#gone])
    } while (this.#operations.size > 0)
    this.#isEnding = true
    await this.query(`${how} AND CHAIN`)
  }

  #handOver(): void {
    this.#isEnding = true
    clearTimeout(this.#expiry)
    this.#own.disown()
    this.#giveBack(new GivenBack())
  }
}
