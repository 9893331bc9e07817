import type { Query, ServerFacts } from '@ormutex/core/sql'

/** What tells one server from another; `undefined` for a front of a cluster whose locks are the same everywhere. */
export type Identity = ServerIdentity | undefined

export interface ServerIdentity {
  /** MySQL only. */
  readonly uuid: string | undefined
  readonly hostname: string
  readonly port: string
  readonly serverId: string
  /**
   * The server's id and the second of its start, as `UUID_SHORT()` has them above its 24 bits of count: two MariaDB servers that were
   * cloned from one machine differ in nothing else.
   */
  readonly start: string
}

const IDENTITY_STATEMENT =
  'SELECT @@hostname AS hostname, @@port AS port, @@server_id AS server_id, CAST(UUID_SHORT() >> 24 AS CHAR) AS start'

export async function identify(query: Query, { product }: Pick<ServerFacts, 'product'>): Promise<Identity> {
  if (product === 'TiDB' || product === 'Vitess') return undefined
  const row = (await query(IDENTITY_STATEMENT))[0] ?? {}
  const uuid = (await query("SHOW VARIABLES LIKE 'server_uuid'"))[0]?.['Value']
  return {
    uuid: typeof uuid === 'string' ? uuid : undefined,
    hostname: String(row['hostname']),
    port: String(row['port']),
    serverId: String(row['server_id']),
    start: String(row['start']),
  }
}

export function isSameServer(one: Identity, other: Identity): boolean {
  if (one === undefined || other === undefined) return one === other
  if (one.uuid !== undefined && other.uuid !== undefined && one.uuid !== other.uuid) return false
  return (
    one.hostname === other.hostname &&
    one.port === other.port &&
    one.serverId === other.serverId &&
    one.start === other.start
  )
}

/** `db-1:3306 (server_id 1)` */
export function describeIdentity({ hostname, port, serverId }: ServerIdentity): string {
  return `${hostname}:${port} (server_id ${serverId})`
}
