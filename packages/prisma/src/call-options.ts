import type { PrismaClientLike } from './prisma-like.js'

/** Isolation levels as Prisma calls them, for MySQL and MariaDB. */
export type IsolationLevel = 'ReadUncommitted' | 'ReadCommitted' | 'RepeatableRead' | 'Serializable'

/** Under which a call carries the client it was made on: its transaction is to be one of that client, with all its extensions. */
export const CALLER = Symbol('ormutex.caller')

/** Prisma's own words for a transaction, and who calls. */
export interface PrismaCallOptions {
  /** @default the client's `transactionOptions.isolationLevel`, else the server's */
  readonly isolationLevel?: IsolationLevel | undefined
  readonly [CALLER]?: PrismaClientLike
}
