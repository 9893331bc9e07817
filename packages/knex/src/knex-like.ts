import type { CallbackConnectionLike, CallbackQuery, ConnectionSettingsLike } from '@ormutex/core/sql'

/** What ormutex needs of Knex's client: taking connections out of its pool, and seeing a transaction's statements. */
export interface KnexClientLike {
  readonly driverName?: string
  readonly config?: { readonly connectionPool?: Partial<NativePoolLike> & { readonly pool?: Partial<NativePoolLike> } }
  readonly pool?: { readonly max?: number } | undefined
  connectionSettings?: ConnectionSettingsLike | undefined
  /** What the application gave as a function: it is asked when a connection is opened, at first and when it says so. */
  connectionConfigProvider?: (() => unknown) | undefined
  acquireConnection(): Promise<KnexConnectionLike>
  releaseConnection(connection: KnexConnectionLike): Promise<void>
  query(
    connection: KnexConnectionLike,
    query: string | KnexQueryLike,
  ): Promise<{ readonly response: readonly unknown[] }>
  transaction(container: (transaction: KnexTransactionLike) => unknown, config: unknown, outer: unknown): unknown
  destroy(callback?: (error?: unknown) => void): Promise<unknown>
}

/** A statement as Knex's client takes it: `options` are the driver's. */
export interface KnexQueryLike {
  readonly sql: string
  readonly options?: CallbackQuery
}

/** A driver's connection, with the mark that Knex leaves on those in a transaction. */
export type KnexConnectionLike = CallbackConnectionLike & { __knexTxId?: string; release?(): void }

/** A mysql2 pool, in its callback form. */
export interface NativePoolLike {
  readonly config: {
    readonly connectionLimit: number
    readonly resetOnRelease?: boolean
    readonly connectionConfig: ConnectionSettingsLike
  }
}

/** What ormutex needs of a transaction: `parentTransaction` is set inside savepoints. */
export interface KnexTransactionLike {
  readonly client: KnexClientLike
  parentTransaction?: KnexTransactionLike
  isCompleted(): boolean
}

/** What ormutex needs of a Knex instance. */
export interface KnexLike {
  readonly client: KnexClientLike
  transaction(container: (transaction: KnexTransactionLike) => Promise<unknown>, config: object): PromiseLike<unknown>
}
