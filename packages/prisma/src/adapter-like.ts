import type { MariadbConnectionLike } from '@ormutex/core/sql'

/** A statement as Prisma hands it to a driver adapter. */
export interface SqlQueryLike {
  readonly sql: string
}

/** What runs statements of Prisma's: an adapter, or one of its transactions. */
export interface SqlQueryableLike {
  executeRaw(query: SqlQueryLike): Promise<number>
  queryRaw(query: SqlQueryLike): Promise<object>
}

/** A driver adapter that is connected. */
export interface AdapterLike extends SqlQueryableLike {
  startTransaction(isolationLevel?: string): Promise<SqlQueryableLike>
  dispose(): Promise<void>
  /** The pool of the mariadb connector, in `@prisma/adapter-mariadb`. */
  underlyingDriver?(): unknown
}

/** What is given to `new PrismaClient({ adapter })`. */
export interface AdapterFactoryLike {
  readonly provider: string
  readonly adapterName: string
  connect(): Promise<AdapterLike>
}

/** A connection of the connector's pool. */
export interface PooledConnectionLike extends MariadbConnectionLike {
  query(sql: unknown, values?: unknown): Promise<unknown>
  execute(sql: unknown, values?: unknown): Promise<unknown>
  release(): Promise<void>
}

/** The mariadb connector's pool. */
export interface PoolLike {
  getConnection(): Promise<PooledConnectionLike>
  /** `poolPromise(active=0 idle=0 limit=10)` */
  toString(): string
}
