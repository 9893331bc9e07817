import { isExactKey } from '@ormutex/core'
import type { Query } from '@ormutex/core/sql'
import { usageError } from './cli-error.js'
import { asUsage, type Connected, withLocks } from './connect.js'
import type { ConnectionOptions } from './connection-options.js'
import type { Scope } from './show/lock-view.js'
import { ServerConnection } from './server-connection.js'

/** How long a server may take for an answer before it is given up, in milliseconds. */
const PATIENCE_MS = 15_000

/** A server that is looked at, on one connection. */
export interface Server {
  readonly query: Query
  readonly scope: Scope
  /** What the server sees for a name. @throws {CliError} for what is none */
  keyOf(name: string, exactName?: boolean): Promise<string>
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
        keyOf: (name, exactName) => keyOf(connected, name, exactName),
      })
    } finally {
      connection.close()
    }
  })
}

async function keyOf(connected: Connected, name: string, exactName = false): Promise<string> {
  if (exactName && !isExactKey(name)) {
    throw usageError('with --exact-name a name must be 1 to 64 characters of [a-z0-9:._~-], got another one')
  }
  return asUsage(() => connected.keyOf(name, exactName))
}
