import type { Query } from '@ormutex/core/sql'
import { type Connected, withLocks } from './connect.js'
import type { ConnectionOptions } from './connection-options.js'
import { ServerConnection } from './server-connection.js'
import type { Scope } from './show/lock-view.js'

/** How long a server may take for an answer before it is given up, in milliseconds. */
const PATIENCE_MS = 15_000

/** A server that is looked at, on one connection. */
export interface Server {
  readonly query: Query
  readonly scope: Scope
  readonly keyOf: Connected['keyOf']
}

/**
 * Speaks to the server without asking it for a lock, so that it may be one on which ormutex takes none: a replica, a node of a cluster.
 */
export function withServer<T>(options: ConnectionOptions, use: (server: Server) => Promise<T>): Promise<T> {
  return withLocks(options, async (connected) => {
    const scope = { namespace: await connected.namespace(), secret: connected.secret }
    const connection = new ServerConnection(connected.settings, PATIENCE_MS)
    try {
      return await use({
        query: connection.query,
        scope,
        keyOf: (name, exactName) => connected.keyOf(name, exactName),
      })
    } finally {
      connection.close()
    }
  })
}
