import { type Flavour, sharedServer } from '@ormutex-test/servers'
import * as faults from '@ormutex-test/fault-proxy'
import { COUNTERS_TABLE, type Environment, type Row } from '@ormutex/testkit'
import { createConnection } from 'mysql2/promise'

/** A database of the suite's own on the process's server of a flavour, an administrator's connection and a fault proxy. */
export async function databaseEnvironment(flavour: Flavour, harnessUrl: URL): Promise<Environment> {
  const shared = await sharedServer(flavour)
  const { host, port, user, password } = shared
  const database = await shared.createDatabase()
  const administrator = await createConnection({ host, port, user, password, database })
  const control = async (sql: string): Promise<readonly Row[]> =>
    (await administrator.query(sql))[0] as unknown as readonly Row[]
  await control(COUNTERS_TABLE)
  const proxy = await faults.startFaultProxy({ host, port })
  return {
    server: { flavour, host, port, user, password, database },
    control,
    proxy,
    faults,
    harnessUrl: harnessUrl.href,
    async close() {
      await proxy.close()
      await administrator.end()
    },
  }
}
