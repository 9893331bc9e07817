import { createConnection } from 'mysql2/promise'
import type { TestServer } from './server.js'

/** A member that is stopped takes connections and says nothing. */
const ANSWER_TIMEOUT_MS = 1_000

/** Which server is the primary of its group, as most of those that answer see it. */
export async function primaryOf(servers: readonly TestServer[]): Promise<TestServer> {
  const votes = new Map<TestServer, number>()
  for (const port of await Promise.all(servers.map(primarySeenBy))) {
    const primary = servers.find((server) => server.port === port)
    if (primary !== undefined) votes.set(primary, (votes.get(primary) ?? 0) + 1)
  }
  const [winner] = [...votes].toSorted(([, a], [, b]) => b - a)
  if (winner === undefined) throw new Error(`none of the ${servers.length} members that were asked knows a primary`)
  return winner[0]
}

/** The port of the primary, unless the member does not answer or has no part in its group. */
async function primarySeenBy({ host, port, user, password }: TestServer): Promise<number | undefined> {
  try {
    const connection = await createConnection({ host, port, user, password, connectTimeout: ANSWER_TIMEOUT_MS })
    try {
      const [rows] = await connection.query({
        sql:
          'SELECT p.MEMBER_PORT AS port FROM performance_schema.replication_group_members AS p' +
          ' JOIN performance_schema.replication_group_members AS me ON me.MEMBER_ID = @@server_uuid' +
          " WHERE p.MEMBER_ROLE = 'PRIMARY' AND p.MEMBER_STATE = 'ONLINE' AND me.MEMBER_STATE = 'ONLINE'",
        timeout: ANSWER_TIMEOUT_MS,
      })
      return (rows as { port: number }[])[0]?.port
    } finally {
      connection.destroy()
    }
  } catch {
    return undefined
  }
}
