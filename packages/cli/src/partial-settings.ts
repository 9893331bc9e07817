import type { SslOptions } from 'mysql2'

/** Where the database is and who asks, as far as it was told. */
export interface PartialSettings {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly database?: string | undefined
  readonly socketPath?: string | undefined
  readonly ssl?: SslOptions | string | undefined
  readonly connectTimeout?: number | undefined
}
