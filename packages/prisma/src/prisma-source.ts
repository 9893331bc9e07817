import { setImmediate as nextTurn } from 'node:timers/promises'
import { LockFailedError, LockUnsupportedError, PoolTimeoutError, type TransactionEndListener } from '@ormutex/core'
import { type Chain, checkOneOf, type SqlSource } from '@ormutex/core/sql'
import { AdapterLink, OpenTransaction } from './adapter-link.js'
import { CALLER, type PrismaCallOptions } from './call-options.js'
import { driverErrorOf, isPoolTimeout, isTransactionOver } from './driver-errors.js'
import { askWhoRuns, QUESTION } from './handshake.js'
import { InteractiveConnection } from './interactive-connection.js'
import { type PinnedConnection, pinnedDriver, type PrismaTransaction } from './pinned-connection.js'
import { PooledConnection } from './pooled-connection.js'
import type { PrismaClientLike, QueryableLike } from './prisma-like.js'

/** `Prisma.TransactionIsolationLevel` for MySQL and MariaDB. */
const ISOLATION_LEVELS = ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable']

/**
 * Longest wait at the server without a link, in milliseconds: a compromise between how long a connection may be lost to the pool and how
 * often a waiter goes to the end of the server's queue.
 */
const LONGEST_WAIT_MS = 5_000

/** How long a client that disconnects waits for callbacks, in milliseconds: as long as the connector's pool waits for connections. */
const SETTLE_MS = 10_000

/** How long it then waits for their connections, in milliseconds: the server may be out of reach. */
const END_MS = 1_000

/** A PrismaClient, as the core sees it. */
export class PrismaSource implements SqlSource<PinnedConnection, PrismaTransaction, PrismaCallOptions> {
  readonly driver = { ...pinnedDriver, driverErrorOf }
  readonly transactionOptions = ['isolationLevel']
  readonly joining = { how: 'tx.$mutex(…)' }
  readonly #client: PrismaClientLike
  readonly #close: () => Promise<void>
  /** `null` once it is known that the adapter was not made lockable. */
  #link: AdapterLink | null | undefined
  #finding: Promise<AdapterLink | undefined> | undefined
  /** Out of the pool, until they are back. */
  readonly #pinned = new Set<PinnedConnection>()
  /** Transactions that are still to begin. */
  readonly #beginning = new Set<Promise<unknown>>()

  /**
   * @param client the one that is extended
   * @param close runs before the client's pool is closed
   */
  constructor(client: PrismaClientLike, close: () => Promise<void>) {
    this.#client = client
    this.#close = close
  }

  get poolSize(): number | undefined {
    return this.#link?.poolSize
  }

  /** Without a link, and with no other connection to be had, a wait that is given up keeps its connection to the end. */
  get longestWaitMs(): number | undefined {
    return this.#link === null ? LONGEST_WAIT_MS : undefined
  }

  checkTransactionOptions({ isolationLevel }: PrismaCallOptions): void {
    checkOneOf('isolationLevel', isolationLevel, ISOLATION_LEVELS)
  }

  async pin(purpose?: PrismaCallOptions): Promise<PinnedConnection> {
    const link = await this.#findLink()
    const connection = link === null ? await this.#begin(purpose) : await link.pin()
    this.#pinned.add(connection)
    void connection.back.then(() => this.#pinned.delete(connection))
    return connection
  }

  async #begin(purpose: PrismaCallOptions | undefined): Promise<InteractiveConnection> {
    const beginning = InteractiveConnection.pin(purpose?.[CALLER] ?? this.#client, this.#client, purpose)
    this.#beginning.add(beginning)
    try {
      return await beginning
    } finally {
      this.#beginning.delete(beginning)
    }
  }

  isInTransaction(connection: PinnedConnection): boolean {
    return connection.isInTransaction
  }

  unpin(connection: PinnedConnection): void {
    connection.unpin()
  }

  transaction(
    connection: PinnedConnection,
    work: (transaction: PrismaTransaction) => Promise<unknown>,
    options: PrismaCallOptions,
    chain: Chain,
  ): Promise<void> {
    return connection.transaction(options[CALLER] ?? this.#client, work, options, chain)
  }

  repurpose(connection: PinnedConnection): boolean {
    return connection.isForSeveral
  }

  /** Waits until every connection is back: callbacks run on to their end, and what outlasts patience is ended. */
  async settle(): Promise<void> {
    // Who gives up a wait does so in this turn of the event loop.
    await nextTurn()
    await this.#backWithin(SETTLE_MS)
    for (const connection of this.#pinned) connection.lose(new Error('The client was disconnected'))
    await this.#backWithin(END_MS)
  }

  /** Waits until every connection is back, for at most `ms`. */
  async #backWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const impatience = new Promise((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    await Promise.race([this.#allBack(), impatience])
    clearTimeout(timer)
  }

  /** One that was asked for before may begin meanwhile: Prisma would close the pool under it, and wait for its connection. */
  async #allBack(): Promise<void> {
    while (this.#beginning.size + this.#pinned.size > 0) {
      const back = [...this.#pinned].map((connection) => connection.back)
      await Promise.allSettled([...this.#beginning, ...back])
    }
  }

  rootOf(transaction: PrismaTransaction): object {
    return transaction.root
  }

  async connectionOf({ root }: PrismaTransaction): Promise<PinnedConnection> {
    if (!(root instanceof OpenTransaction) || root.isOver) throw transactionEnded()
    return new PooledConnection(root.link, root.connection)
  }

  onTransactionEnd({ root }: PrismaTransaction, _: PinnedConnection, listener: TransactionEndListener): void {
    const { link, connection } = root as OpenTransaction
    link.ends.onEnd(connection, listener)
  }

  /**
   * The transaction that a client is for which `$transaction` or `$mutex` gave to its callback.
   * @throws {LockUnsupportedError} when no lock can join it
   * @throws {LockFailedError} when it has ended
   */
  async transactionOf(tx: QueryableLike): Promise<PrismaTransaction> {
    let root: object | undefined
    try {
      root = await askWhoRuns((mark) => tx.$queryRawUnsafe(`${QUESTION} ${mark}`))
    } catch (error) {
      if (isTransactionOver(error)) throw transactionEnded(error)
      throw new LockFailedError("The transaction's connection could not be asked", { cause: error })
    }
    if (root === undefined) {
      throw new LockUnsupportedError(
        'A lock cannot join this transaction: with this adapter nobody can tell when it ends. Let prisma.$mutex begin it, or ' +
          'give PrismaClient an adapter that was made lockable before it connects: new PrismaClient({ adapter: lockable(adapter) })',
      )
    }
    if (root instanceof AdapterLink || (root instanceof OpenTransaction && root.isOver)) {
      throw new LockUnsupportedError(
        'An extension of this client sends the statements of this transaction elsewhere, where a lock would not be its own: ' +
          'let prisma.$mutex begin it, on a client without that extension',
      )
    }
    return { client: tx, root }
  }

  async #findLink(): Promise<AdapterLink | null> {
    if (this.#link !== undefined && this.#link?.isDisposed !== true) return this.#link
    this.#finding ??= this.#askForLink().finally(() => {
      this.#finding = undefined
    })
    return (await this.#finding) ?? null
  }

  async #askForLink(): Promise<AdapterLink | undefined> {
    try {
      const answer = await askWhoRuns((mark) => this.#client.$executeRawUnsafe(`DO 0 ${mark}`))
      // An extension may send it in a transaction.
      const link = answer instanceof OpenTransaction ? answer.link : (answer as AdapterLink | undefined)
      link?.onDispose(this.#close)
      this.#link = link ?? null
      return link
    } catch (error) {
      throw isPoolTimeout(error) ? new PoolTimeoutError(error) : error
    }
  }
}

function transactionEnded(cause?: unknown): LockFailedError {
  return new LockFailedError('The transaction has already been committed or rolled back', { cause })
}
