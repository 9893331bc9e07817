import { LockUnsupportedError, PoolTimeoutError } from '@ormutex/core'
import { isConnectionGone, type Row } from '@ormutex/core/sql'
import { beginTransaction } from './begin-transaction.js'
import type { PrismaCallOptions } from './call-options.js'
import {
  driverErrorOf,
  isBeforeDisconnect,
  isPoolTimeout,
  isTransactionOver,
  transactionOver,
} from './driver-errors.js'
import { sentByPrisma } from './handshake.js'
import type { PinnedConnection, PrismaTransaction } from './pinned-connection.js'
import type { PrismaClientLike, QueryableLike } from './prisma-like.js'
import {
  isToBeChecked,
  OwnStatements,
  rememberChecked,
  type TransactionOwner,
  watchedClient,
} from './watched-client.js'

/** When a connection is given up by itself, in milliseconds, 23 days: before Prisma would put it back into its pool, lock and all. */
const LONGEST_HOLD_MS = 2_000_000_000

/** How many connections of the pool may be found dead before that is what the caller hears. */
const PIN_ATTEMPTS = 3

/** How long a connection may take to end itself, in milliseconds, before it is taken for busy and ended from another one. */
const BUSY_MS = 20

/** How soon ending a connection from another one is tried again, in milliseconds: with its lock it must not go back into the pool. */
const KILL_AGAIN_MS = 1_000

/** Makes Prisma roll back and take its connection back. */
class GivenBack extends Error {}

/**
 * A connection of Prisma's that an interactive transaction keeps out of the pool: the only way to one when the adapter was not made
 * lockable. Prisma has sent BEGIN by then, and sends ROLLBACK before the connection goes back. What we end in between is begun anew
 * with the same statement (AND CHAIN), and what the application has asked for is waited for: so there is no moment at which a
 * statement of its own would commit by itself.
 */
export class InteractiveConnection implements PinnedConnection, TransactionOwner {
  readonly threadId: string
  /** Resolves when Prisma has the connection back. */
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
      const run = async (tx: QueryableLike): Promise<void> => {
        // An extension that tries a failed transaction once more has nobody left to do it for.
        if (isBegun) throw new GivenBack()
        isBegun = true
        const own = new OwnStatements()
        if (purpose === undefined) await own.send(() => tx.$executeRawUnsafe('COMMIT'))
        const rows = (await own.send(() => tx.$queryRawUnsafe('SELECT CONNECTION_ID() AS id'))) as readonly Row[]
        if (purpose !== undefined && isToBeChecked(client)) {
          await own.probe(client, tx)
          rememberChecked(client)
        }
        await new Promise<never>((_, giveBack) => {
          connection = new InteractiveConnection(root, tx, own, String(rows[0]?.['id']), giveBack)
          resolve(connection)
        })
      }
      const ended = (reason: unknown): void => {
        if (connection === undefined) reject(reason)
        else connection.#reportBack()
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
    threadId: string,
    giveBack: (reason: GivenBack) => void,
  ) {
    this.#root = root
    this.#tx = tx
    this.#own = own
    this.threadId = threadId
    this.#giveBack = giveBack
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
    void this.#kill()
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
      await new Promise((resolve) => setImmediate(resolve))
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

  /** Hands the connection over when it is dead. */
  async #kill(): Promise<void> {
    let isDead = false
    const busy = setTimeout(() => void this.#killFromElsewhere(() => isDead).catch(() => {}), BUSY_MS)
    try {
      await this.#own.send(() => this.#tx.$executeRawUnsafe('KILL CONNECTION_ID()'))
      isDead = true
    } catch (error) {
      isDead = isDeadBy(error)
    } finally {
      clearTimeout(busy)
    }
    // Not sent, whoever was in the way, or Prisma has put the connection back into its pool already: with whatever lock it has.
    while (!isDead) {
      try {
        await this.#killFromElsewhere(() => false)
        isDead = true
      } catch {
        await new Promise((resolve) => setTimeout(resolve, KILL_AGAIN_MS).unref())
      }
    }
    this.#handOver()
  }

  async #killFromElsewhere(isDead: () => boolean): Promise<void> {
    await beginTransaction(this.#root, async (tx) => {
      // By the time that another connection was to be had, the id may be somebody else's.
      if (isDead()) return
      const rows = (await tx.$queryRawUnsafe(
        `SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${this.threadId}`,
      )) as readonly Row[]
      if (rows.length > 0 && !isDead()) await tx.$executeRawUnsafe(`KILL ${this.threadId}`)
    })
  }
}

/** ER_QUERY_INTERRUPTED: what a connection of MySQL that ends itself is answered with. */
const ER_QUERY_INTERRUPTED = 1317

/** Whether the answer to a KILL of the connection itself shows that it is dead, or will be in a moment. */
function isDeadBy(error: unknown): boolean {
  // In Prisma's pool it is alive; from before a disconnect there is no pool any more.
  if (isTransactionOver(error)) return isBeforeDisconnect(error)
  const original = driverErrorOf(error)
  return (original as { readonly errno?: unknown }).errno === ER_QUERY_INTERRUPTED || isConnectionGone(original)
}
