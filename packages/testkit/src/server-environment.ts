import { randomBytes } from 'node:crypto'
import { COUNTERS_TABLE } from './counters.js'
import type { Environment } from './environment.js'
import { startFaultProxy } from './fault-proxy/index.js'
import type { Row, ServerAddress } from './harness.js'

/** Where a server is, and an account of it. */
export type ServerAccess = Omit<ServerAddress, 'flavour' | 'database'>

/** A connection of any driver, as far as the suite needs one of its own. */
export interface ControlConnection {
  /** Runs a statement and resolves with its rows; what it resolves with where there are none does not matter. */
  query(sql: string): Promise<readonly Row[]>
  /** Closes the connection. */
  end(): Promise<unknown>
}

/** What `serverEnvironment()` is made of. */
export interface ServerEnvironmentOptions {
  /** An account that may do anything: the suite creates a database, ends sessions of others and reads what is locked. */
  readonly server: ServerAccess
  /** Opens a connection with a driver of the caller's choice. No TLS and no compression: the fault proxy reads along. */
  readonly connect: (server: ServerAccess) => Promise<ControlConnection>
  /** The module that exports the harness as `harness`: the cases with several processes import it in each of them. */
  readonly harnessUrl: URL
}

/**
 * What the suite needs around a MySQL or MariaDB server: a database of its own, which `close` drops, a connection to control
 * the server with, and a fault proxy in front of it.
 *
 * @throws {Error} the driver's, when the server cannot be reached or the account may not do that
 * @example
 * conformance({
 *   harness,
 *   runner: { describe, it, before, after },
 *   environment: () => serverEnvironment({ server, connect, harnessUrl: new URL('./harness.js', import.meta.url) }),
 * })
 */
export async function serverEnvironment(options: ServerEnvironmentOptions): Promise<Environment> {
  const { host, port, user, password } = options.server
  const administrator = await options.connect(options.server)
  const database = `ormutex_conformance_${randomBytes(6).toString('hex')}`
  const version = String((await administrator.query('SELECT VERSION() AS version'))[0]?.['version'])
  for (const sql of [`CREATE DATABASE ${database}`, `USE ${database}`, COUNTERS_TABLE]) await administrator.query(sql)
  const proxy = await startFaultProxy({ host, port })
  return {
    server: { flavour: /mariadb/i.test(version) ? 'mariadb' : 'mysql', host, port, user, password, database },
    control: (sql) => administrator.query(sql),
    proxy,
    harnessUrl: options.harnessUrl.href,
    async close() {
      await proxy.close()
      await administrator.query(`DROP DATABASE ${database}`)
      await administrator.end()
    },
  }
}
