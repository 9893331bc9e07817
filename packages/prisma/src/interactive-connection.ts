import { PoolTimeoutError } from '@ormutex/core'
import { isConnectionGone, type Row } from '@ormutex/core/sql'
import { beginTransaction } from './begin-transaction.js'
import type { PrismaCallOptions } from './call-options.js'
import { driverErrorOf, isPoolTimeout, isTransactionOver } from './driver-errors.js'
import type { PinnedConnection, PrismaTransaction } from './pinned-connection.js'
import type { PrismaClientLike, QueryableLike } from './prisma-like.js'

/** When a connection is given up by itself, in milliseconds, 23 days: before Prisma would put it back into its pool, lock and all. */
const LONGEST_HOLD_MS = 2_000_000_000

/** How many connections of the pool may be found dead before that is what the caller hears. */
const PIN_ATTEMPTS = 3

/** How long a connection may take to end itself, in milliseconds, before it is taken for busy and ended from another one. */
const BUSY_MS = 20

/** Makes Prisma roll back and take its connection back. */
class GivenBack extends Error {}

/**
 * A connection of Prisma's that an interactive transaction keeps out of the pool: the only way to one when the adapter was not made
 * lockable. Prisma has sent BEGIN by then, and sends ROLLBACK before the connection goes back. What we end in between is begun anew
 * with the same statement (AND CHAIN), so that there is no moment at which a statement of the application's would commit by itself.
 */
export class InteractiveConnection implements PinnedConnection {
  readonly threadId: string
  /** Resolves when Prisma has the connection back. */
  readonly back: Promise<void>
  readonly #root: PrismaClientLike
  readonly #tx: QueryableLike
  readonly #giveBack: (reason: GivenBack) => void
  readonly #expiry: NodeJS.Timeout
  /** Rejects when the connection is gone. */
  readonly #gone: Promise<never>
  #reportGone!: (cause: unknown) => void
  #reportBack!: () => void
  #lostListener: ((cause: unknown) => void) | undefined
  #isSevered = false
  #isOver = false

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
      let connection: InteractiveConnection | undefined
      const run = async (tx: QueryableLike): Promise<void> => {
        if (purpose === undefined) await tx.$executeRawUnsafe('COMMIT')
        const rows = (await tx.$queryRawUnsafe('SELECT CONNECTION_ID() AS id')) as readonly Row[]
        await new Promise<never>((_, giveBack) => {
          connection = new InteractiveConnection(root, tx, String(rows[0]?.['id']), giveBack)
          resolve(connection)
        })
      }
      beginTransaction(client, run, purpose?.isolationLevel)
        .catch(reject)
        .finally(() => {
          if (connection !== undefined) connection.#reportBack()
        })
    })
  }

  private constructor(
    root: PrismaClientLike,
    tx: QueryableLike,
    threadId: string,
    giveBack: (reason: GivenBack) => void,
  ) {
    this.#root = root
    this.#tx = tx
    this.threadId = threadId
    this.#giveBack = giveBack
    this.#gone = new Promise((_, reject) => {
      this.#reportGone = reject
    })
    this.#gone.catch(() => {})
    this.back = new Promise((resolve) => {
      this.#reportBack = resolve
    })
    this.#expiry = setTimeout(() => this.#lostListener?.(new Error('Held for 23 days')), LONGEST_HOLD_MS)
    this.#expiry.unref()
  }

  /** True once it was severed or given back. */
  get isOver(): boolean {
    return this.#isOver
  }

  async query(sql: string): Promise<readonly Row[]> {
    let rows: unknown
    try {
      rows = await this.#tx.$queryRawUnsafe(sql)
    } catch (error) {
      throw driverErrorOf(error)
    }
    // Prisma sends what is asked of a transaction in one turn of the event loop one after the other, up to the first that fails, and
    // answers the rest with undefined (measured with 7.10.0).
    if (!Array.isArray(rows))
      throw new Error('Prisma did not send a statement, since another one of the same moment failed')
    return rows as readonly Row[]
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

  /** There is no socket to close, so the server is told to: on this connection, and when that is busy, on another one. */
  sever(): void {
    if (this.#isSevered) return
    this.#isSevered = true
    this.#isOver = true
    this.#reportGone(new Error('The connection was closed by ormutex'))
    void this.#kill()
  }

  unpin(): void {
    this.#isOver = true
    clearTimeout(this.#expiry)
    // Who severs it has it given back when it is dead.
    if (!this.#isSevered) this.#giveBack(new GivenBack())
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

  /** Ends the transaction that is open, and leaves another one open. */
  async #end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    // What the callback has sent without waiting for it goes first: see `query`.
    await new Promise((resolve) => setImmediate(resolve))
    await this.query(`${how} AND CHAIN`)
  }

  async #kill(): Promise<void> {
    let isDead = false
    const killFromElsewhere = (): Promise<unknown> =>
      beginTransaction(this.#root, async (tx) => {
        // By the time that another connection was to be had, the id may be somebody else's.
        if (!isDead) await tx.$executeRawUnsafe(`KILL ${this.threadId}`)
      }).catch(() => {})
    const busy = setTimeout(() => void killFromElsewhere(), BUSY_MS)
    try {
      await this.#tx.$executeRawUnsafe('KILL CONNECTION_ID()')
    } catch (error) {
      // Prisma has put it back into its pool already, with whatever lock it has.
      if (isTransactionOver(error)) await killFromElsewhere()
    } finally {
      isDead = true
      clearTimeout(busy)
      this.#giveBack(new GivenBack())
    }
  }
}
