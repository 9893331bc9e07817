import { LockFailedError, LockUnsupportedError, PoolTimeoutError } from '@ormutex/core'
import { checkOneOf, type Row, type SqlSource } from '@ormutex/core/sql'
import type { AdapterLink, OpenTransaction } from './adapter-link.js'
import { CALLER, type PrismaCallOptions } from './call-options.js'
import { driverErrorOf, isPoolTimeout, isTransactionOver } from './driver-errors.js'
import { askWhoRuns } from './handshake.js'
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
  /** The connections that were come by without a link, until Prisma has them back. */
  readonly #interactive = new Set<InteractiveConnection>()
  /** Those with a transaction of our own, by the server's id of the connection. */
  readonly #transactions = new Map<string, InteractiveConnection>()

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
    if (link !== null) return link.pin()
    const connection = await InteractiveConnection.pin(purpose?.[CALLER] ?? this.#client, this.#client, purpose)
    this.#interactive.add(connection)
    void connection.back.then(() => this.#interactive.delete(connection))
    return connection
  }

  unpin(connection: PinnedConnection): void {
    if (connection instanceof InteractiveConnection) this.#transactions.delete(connection.threadId)
    connection.unpin()
  }

  /** Waits until Prisma has every connection back that is given up or over: a wait that is ended on the server takes a moment. */
  async settle(): Promise<void> {
    // Whoever gives up a wait does so in this turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([...this.#interactive].filter(({ isOver }) => isOver).map(({ back }) => back))
  }

  transaction(
    connection: PinnedConnection,
    work: (transaction: PrismaTransaction) => Promise<unknown>,
    options: PrismaCallOptions,
  ): Promise<void> {
    if (connection instanceof InteractiveConnection) this.#transactions.set(connection.threadId, connection)
    return connection.transaction(options[CALLER] ?? this.#client, work, options)
  }

  rootOf(transaction: PrismaTransaction): object {
    return transaction.root
  }

  async connectionOf({ root }: PrismaTransaction): Promise<PinnedConnection> {
    const { link, connection } = root as Partial<OpenTransaction>
    if (link === undefined || connection === undefined) throw transactionEnded()
    return new PooledConnection(link, connection)
  }

  onTransactionEnd(
    { root }: PrismaTransaction,
    _connection: PinnedConnection,
    listener: Parameters<AdapterLink['ends']['onEnd']>[1],
  ): void {
    const { link, connection } = root as OpenTransaction
    link.ends.onEnd(connection, listener)
  }

  /**
   * The transaction that a client is for which `$transaction` or `$mutex` gave to its callback.
   * @throws {LockUnsupportedError} when no lock can join it
   * @throws {LockFailedError} when it has ended
   */
  async transactionOf(tx: QueryableLike): Promise<PrismaTransaction> {
    let rows: readonly Row[] = []
    let open: OpenTransaction | undefined
    try {
      open = await askWhoRuns<OpenTransaction>(async (mark) => {
        rows = (await tx.$queryRawUnsafe(`SELECT CONNECTION_ID() AS id ${mark}`)) as readonly Row[]
      })
    } catch (error) {
      throw isTransactionOver(error) ? transactionEnded(error) : asLockFailure(error)
    }
    if (open === undefined && !Array.isArray(rows)) throw asLockFailure(new Error('Prisma did not send the statement'))
    const root = open ?? this.#transactions.get(String(rows[0]?.['id']))
    if (root !== undefined) return { client: tx, root }
    throw new LockUnsupportedError(
      'A lock cannot join this transaction: with this adapter nobody can tell when it ends. Let prisma.$mutex begin it, or give ' +
        'PrismaClient an adapter that was made lockable: new PrismaClient({ adapter: lockable(adapter) })',
    )
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
      const link = await askWhoRuns<AdapterLink>((mark) => this.#client.$executeRawUnsafe(`DO 0 ${mark}`))
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

function asLockFailure(cause: unknown): LockFailedError {
  return new LockFailedError("The transaction's connection could not be asked", { cause })
}
