/** Options of Prisma's `$transaction`. */
export interface TransactionOptionsLike {
  readonly isolationLevel?: string | undefined
  readonly maxWait: number
  readonly timeout: number
}

/** What sends statements: a client, or what `$transaction` gives to its callback. Structural, so that Prisma is no dependency. */
export interface QueryableLike {
  $queryRawUnsafe(sql: string): PromiseLike<unknown>
  $executeRawUnsafe(sql: string): PromiseLike<unknown>
}

/** What ormutex needs of a PrismaClient, extended or not. */
export interface PrismaClientLike extends QueryableLike {
  $transaction(work: (tx: QueryableLike) => Promise<void>, options: TransactionOptionsLike): Promise<unknown>
  $disconnect(): Promise<void>
  $extends(extension: object): unknown
}

/** What only a client has, and not what `$transaction` gives to its callback. */
export function isClient(value: QueryableLike): value is PrismaClientLike {
  return typeof (value as Partial<PrismaClientLike>).$extends === 'function'
}
