import type { MariadbConnectionLike } from '@ormutex/core/sql'

/** What the adapter needs of a connection out of a pool of the mariadb connector. */
export interface ConnectionLike extends MariadbConnectionLike {
  /** Bit 1 of `status`, which each answer of the server brings up to date, is that a transaction is open. */
  readonly info: { readonly status: number } | null
  query(statement: StatementLike, values?: unknown): Promise<unknown>
  execute(statement: StatementLike, values?: unknown): Promise<unknown>
  commit(): Promise<void>
  rollback(): Promise<void>
  reset(): Promise<void>
  changeUser(options?: object): Promise<void>
  release(): Promise<void>
  end(): Promise<void>
  close(): Promise<void>
}

/** A statement as the connector takes it. */
export type StatementLike = string | { readonly sql: string }

/** What the adapter needs of a pool. */
export interface PoolLike {
  getConnection(): Promise<ConnectionLike>
  end(): Promise<void>
  /** `poolPromise(active=0 idle=1 limit=10)`: the only place where a pool tells its size. */
  toString(): string
}
