import { sharedServer, startServer, type TestServer } from '@ormutex-test/servers'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Query } from '@ormutex/core/sql'

/** How a server was set up: as it is by default, or with everything switched on that shows who has a lock. */
export type Setup = 'mysql' | 'mariadb' | 'mariadb that shows'

let showing: Promise<TestServer> | undefined

/** One server of each kind for everybody in this process. */
export function serverOf(setup: Setup): Promise<TestServer> {
  if (setup !== 'mariadb that shows') return sharedServer(setup)
  showing ??= startServer('mariadb', {
    settings: {
      performance_schema: 'ON',
      'performance-schema-instrument': 'wait/lock/metadata/sql/mdl=ON',
    },
  })
  return showing
}

/** Somebody who is none of the application: without any label. */
export async function connect(
  { host, port, user, password, database }: TestServer,
  as: { readonly user?: string; readonly password?: string } = {},
): Promise<Connection> {
  return createConnection({ host, port, user, password, database, ...as })
}

/** A connection's way to send statements. */
export function queryOf(connection: Connection): Query {
  return async (sql) => (await connection.query<RowDataPacket[]>(sql))[0]
}

/** An account that may use the server's database and nothing else. */
export async function plainAccount(server: TestServer): Promise<{ readonly user: string; readonly password: string }> {
  const account = { user: 'plain', password: 'plain' }
  const administrator = await connect(server)
  await administrator.query(`CREATE USER IF NOT EXISTS plain IDENTIFIED BY 'plain'`)
  await administrator.query(`GRANT ALL ON \`${server.database}\`.* TO plain`)
  await administrator.end()
  return account
}
