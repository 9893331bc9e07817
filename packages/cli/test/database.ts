import { type Flavour, sharedServer, type TestServer } from '@ormutex-test/servers'
import { createConnection, type RowDataPacket } from 'mysql2/promise'

export { until } from '@ormutex-test/servers'

/** A database of one's own on a real server, seen past the program. */
export interface Database {
  readonly server: TestServer
  readonly name: string
  readonly url: string
  /** What leads the program there. */
  readonly env: { readonly DATABASE_URL: string }
  query(sql: string, values?: unknown[]): Promise<RowDataPacket[]>
  /** The session that has a key, or null. */
  holderOf(key: string): Promise<string | null>
  close(): Promise<void>
}

export async function openDatabase(flavour: Flavour): Promise<Database> {
  const server = await sharedServer(flavour)
  const name = await server.createDatabase()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const connection = await createConnection(url.href)
  const query = async (sql: string, values?: unknown[]): Promise<RowDataPacket[]> =>
    (await connection.query<RowDataPacket[]>(sql, values))[0]
  return {
    server,
    name,
    url: url.href,
    env: { DATABASE_URL: url.href },
    query,
    holderOf: async (key) => {
      const id = (await query('SELECT IS_USED_LOCK(?) AS id', [key]))[0]!['id'] as number | null
      return id === null ? null : String(id)
    },
    close: () => connection.end(),
  }
}
