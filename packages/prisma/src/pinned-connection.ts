import type { Chain, Row, SqlDriver } from '@ormutex/core/sql'
import type { PrismaCallOptions } from './call-options.js'
import type { PrismaClientLike, QueryableLike } from './prisma-like.js'

/** A transaction of Prisma's, as the core sees it. */
export interface PrismaTransaction {
  /** What the application works with. */
  readonly client: QueryableLike
  /** The same for everything that is handed out of one transaction of the database. */
  readonly root: object
}

/** One of Prisma's connections that is ours alone, however it was come by. */
export interface PinnedConnection {
  /** See `SqlDriver`. */
  readonly threadId: string | undefined
  readonly greetedId: string | undefined
  /** Whether it was pinned with a transaction open on it. */
  readonly isInTransaction: boolean
  query(sql: string): Promise<readonly Row[]>
  ping(): Promise<void>
  onLost(listener: (cause: unknown) => void): () => void
  sever(): void
  /** Gives it back. */
  unpin(): void
  /** Resolves when it is back in the pool, or gone. */
  readonly back: Promise<void>
  /** Counts it as lost, whatever runs on it. */
  lose(cause: unknown): void
  /** Runs a transaction of a client's own on this connection, as `Session.transaction` says. */
  transaction(
    client: PrismaClientLike,
    work: (transaction: PrismaTransaction) => Promise<unknown>,
    options: PrismaCallOptions,
    chain: Chain,
  ): Promise<void>
  /**
   * Whether one transaction after the other may run on it. Not where all of them would be the same object for the application: what
   * the callback of one has left running would then go on in the next.
   */
  readonly isForSeveral: boolean
}

/** The driver for connections that send their statements themselves. */
export const pinnedDriver: Omit<SqlDriver<PinnedConnection>, 'driverErrorOf'> = {
  query: (connection, sql) => connection.query(sql),
  ping: (connection) => connection.ping(),
  onLost: (connection, listener) => connection.onLost(listener),
  sever: (connection) => connection.sever(),
  threadIdOf: (connection) => connection.threadId,
  greetedIdOf: (connection) => connection.greetedId,
}
