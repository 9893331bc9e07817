import type { CallbackConnectionLike, ConnectionSettingsLike, MariadbConnectionLike } from '@ormutex/core/sql'

/** A driver's connection in Sequelize's pool: of mysql2 or of the mariadb connector. */
export type SequelizeConnectionLike = (CallbackConnectionLike | MariadbConnectionLike) & {
  /** The id of the transaction that runs on it, for the log. */
  uuid?: string | undefined
  /** Which pool it is from, with replication. */
  readonly queryType?: 'read' | 'write'
}

/** Where and how Sequelize connects. */
export interface ConnectionConfigLike {
  dialectOptions?: ConnectionSettingsLike | undefined
}

/** What ormutex needs of Sequelize's pool. */
export interface ConnectionManagerLike {
  readonly config: ConnectionConfigLike & {
    readonly pool: { readonly max: number }
    readonly replication?: { readonly write: ConnectionConfigLike } | false | null
  }
  /** With `useMaster` out of the pool of the server that is written to, where there are two. */
  getConnection(options: { readonly useMaster: true }): Promise<SequelizeConnectionLike>
  releaseConnection(connection: SequelizeConnectionLike): unknown
  destroyConnection(connection: SequelizeConnectionLike): Promise<void>
}

/** What ormutex needs of a transaction: `parent` is set inside savepoints, `connection` once it has begun. */
export interface SequelizeTransactionLike {
  readonly sequelize: SequelizeLike
  readonly parent?: SequelizeTransactionLike | null | undefined
  readonly connection?: SequelizeConnectionLike | undefined
  readonly finished?: 'commit' | 'rollback' | undefined
  readonly options: StatementLogging
  commit(): Promise<void>
  rollback(): Promise<void>
  afterCommit(hook: AfterCommitHook): void
}

export type AfterCommitHook = (transaction: SequelizeTransactionLike) => unknown

/** How statements are logged; `undefined` as the instance does. */
export interface StatementLogging {
  readonly logging?: unknown
  readonly benchmark?: boolean | undefined
}

/** What `sequelize.query` takes here; the application's own calls have more. */
export interface QueryOptionsLike extends StatementLogging {
  readonly transaction?: { readonly connection?: object | undefined } | null | undefined
}

/** The namespace that `Sequelize.useCLS` was given. */
export interface ClsNamespaceLike {
  get(name: 'transaction'): unknown
  set(name: 'transaction', transaction: unknown): unknown
  run(callback: () => void): unknown
}

/** What ormutex needs of a Sequelize instance. */
export interface SequelizeLike {
  readonly constructor: { readonly _cls?: ClsNamespaceLike | undefined }
  readonly connectionManager: ConnectionManagerLike
  /** One for each instance. */
  readonly queryInterface: object
  getDialect(): string
  query(sql: string | { readonly query: string }, options?: QueryOptionsLike): Promise<unknown>
  transaction(options: object, run: (transaction: SequelizeTransactionLike) => Promise<unknown>): Promise<unknown>
  close(): Promise<void>
}
