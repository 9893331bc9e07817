import type { Query } from './dialect.js'
import { shown } from './shown.js'

/** The first shows all of MariaDB's connections to others; the second came with MySQL 8.0.22, which has lost the third with 8.4. */
const REPLICA_STATEMENTS = ['SHOW ALL SLAVES STATUS', 'SHOW REPLICA STATUS', 'SHOW SLAVE STATUS']

/** Members of a replication group replicate each other. */
const GROUP_CHANNEL = /^group_replication_/

/**
 * Whether a server is told to replicate another one, which a replica that may be written to does not show otherwise: a lock taken on it
 * excludes nobody on the other. `'hidden'` to accounts without REPLICATION CLIENT (MariaDB from 10.5 on: REPLICA MONITOR).
 *
 * @param query sends a statement on a connection to it
 * @throws what `query` rejects with, except the server's refusals
 */
export async function inspectReplica(query: Query): Promise<'replica' | 'no replica' | 'hidden'> {
  for (const statement of REPLICA_STATEMENTS) {
    const sources = await shown(query, statement)
    if (sources === undefined) continue
    return sources.some((source) => !GROUP_CHANNEL.test(String(source['Channel_Name']))) ? 'replica' : 'no replica'
  }
  return 'hidden'
}
