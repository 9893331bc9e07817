import type { CallbackConnectionLike, ConnectionSettingsLike } from '@ormutex/core/sql'

/** What ormutex needs of a connection out of a mysql2 pool, in its callback form. */
export interface PoolConnectionLike extends CallbackConnectionLike {
  release(): void
  promise(): object
}

/** What ormutex needs of a mysql2 pool, in its callback form. */
export interface PoolLike {
  readonly config: {
    /** 0 for no limit. */
    readonly connectionLimit: number
    readonly resetOnRelease?: boolean
    readonly connectionConfig: ConnectionSettingsLike
  }
  getConnection(callback: (error: unknown, connection: PoolConnectionLike) => void): void
  end(callback?: (error?: unknown) => void): void
}
