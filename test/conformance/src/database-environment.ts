import { type Flavour, sharedServer } from '@ormutex-test/servers'
import { type Environment, type Row, serverEnvironment } from '@ormutex/testkit'
import { createConnection } from 'mysql2/promise'

/** What the suite needs around the process's server of a flavour. */
export async function databaseEnvironment(flavour: Flavour, harnessUrl: URL): Promise<Environment> {
  return serverEnvironment({
    server: await sharedServer(flavour),
    harnessUrl,
    connect: async ({ host, port, user, password }) => {
      const connection = await createConnection({ host, port, user, password })
      return {
        query: async (sql) => (await connection.query(sql))[0] as unknown as readonly Row[],
        end: () => connection.end(),
      }
    },
  })
}
