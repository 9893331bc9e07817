import { deriveKey } from '@ormutex/core'
import type { Query } from '@ormutex/core/sql'
import type { ConnectionOptions } from './connection-options.js'
import { type Destination, destinationOf } from './destination.js'
import { keySecret } from './key-secret.js'
import { checkLockName } from './lock-name.js'
import { ServerConnection } from './server-connection.js'
import type { Scope } from './show/lock-view.js'

/** How long a server may take for an answer before it is given up, in milliseconds. */
const PATIENCE_MS = 15_000

/** A server that is looked at, on one connection, which is opened by the first question. */
export interface Server extends Destination {
  readonly query: Query
  /** The namespace is the option's value, or the connection's database, empty where it has none: as in the library. */
  readonly scope: Scope
  /** What the server sees for a name. @throws {CliError} for what is none */
  keyOf(name: string, exactName?: boolean): Promise<string>
}

/**
 * Speaks to the server without asking it for a lock, so that it may be one on which ormutex takes none: a replica, a node of a cluster.
 */
export async function withServer<T>(options: ConnectionOptions, use: (server: Server) => T | Promise<T>): Promise<T> {
  const destination = destinationOf(options)
  const secret = keySecret()
  let connection: ServerConnection | undefined
  const query: Query = (sql) => {
    connection ??= new ServerConnection(destination.settings, PATIENCE_MS)
    return connection.query(sql)
  }
  try {
    const namespace = options.namespace ?? (await currentDatabase(query))
    return await use({
      ...destination,
      query,
      scope: { namespace, secret },
      keyOf: async (name, exactName = false) => {
        checkLockName(name, exactName)
        return exactName ? name : deriveKey(namespace, name, secret)
      },
    })
  } finally {
    connection?.close()
  }
}

async function currentDatabase(query: Query): Promise<string> {
  const [row] = await query('SELECT DATABASE() AS current_database')
  return (row as { readonly current_database: string | null }).current_database ?? ''
}
