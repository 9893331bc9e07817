import { LockUnsupportedError } from '../errors.js'
import type { Dialect, Query } from './dialect.js'
import { mariadbDialect } from './mariadb-dialect.js'
import { mysqlDialect } from './mysql-dialect.js'

/** What is asked once of a server before the first lock. */
export interface Server {
  readonly dialect: Dialect
  /** The connection's current database, empty when none is selected. */
  readonly database: string
}

/** What a source's server is, once it was asked. */
export class ProbedServer {
  #known: Server | undefined

  /** `undefined` as long as nobody asked. */
  get known(): Server | undefined {
    return this.#known
  }

  /** Asks once per source; what was refused is asked again, since a replica may have been promoted. @throws as `probeServer` */
  async probe(query: Query): Promise<Server> {
    return (this.#known ??= await probeServer(query))
  }
}

/** Neither opens a read view, so it may run inside a transaction: measured on MySQL 9.7 and MariaDB 10.11. */
const VARIABLES_STATEMENT =
  "SHOW VARIABLES WHERE Variable_name IN ('version', 'wsrep_on', 'read_only', 'super_read_only', 'innodb_read_only', 'max_statement_time')"
const DATABASE_STATEMENT = 'SELECT DATABASE() AS current_database'

/** Before these a session could hold one lock only: a second GET_LOCK released the first. */
const OLDEST = { mysql: [5, 7, 5], mariadb: [10, 0, 2] } as const

/**
 * Finds out how the server locks.
 * @throws {LockUnsupportedError} when a lock taken there would not exclude everybody who takes it elsewhere
 */
export async function probeServer(query: Query): Promise<Server> {
  const variables = new Map<string, string>()
  for (const row of await query(VARIABLES_STATEMENT)) {
    variables.set(String(row['Variable_name']).toLowerCase(), String(row['Value']))
  }
  const version = variables.get('version') ?? ''
  const isMariaDb = /mariadb/i.test(version)
  refuseOld(version, isMariaDb ? 'mariadb' : 'mysql')
  refuseUnshared((name) => isOn(variables.get(name)))
  const database = (await query(DATABASE_STATEMENT))[0]?.['current_database']
  return {
    dialect: isMariaDb ? mariadbDialect(Number(variables.get('max_statement_time') ?? 0) > 0) : mysqlDialect,
    database: typeof database === 'string' ? database : '',
  }
}

function refuseOld(version: string, flavour: 'mysql' | 'mariadb'): void {
  // MariaDB before 11 sends 5.5.5- ahead of its version to old replicas.
  const numbers = /(\d+)\.(\d+)\.(\d+)/
    .exec(version.replace(/^5\.5\.5-/, ''))
    ?.slice(1)
    .map(Number)
  if (numbers === undefined)
    throw new LockUnsupportedError('The server does not tell its version; MySQL or MariaDB is needed')
  const oldest = OLDEST[flavour]
  const differing = oldest.findIndex((part, index) => numbers[index] !== part)
  if (differing !== -1 && numbers[differing]! < oldest[differing]!) {
    const name = flavour === 'mysql' ? 'MySQL' : 'MariaDB'
    throw new LockUnsupportedError(
      `${name} ${numbers.join('.')} holds one named lock per connection; ${name} ${oldest.join('.')} or later is needed`,
    )
  }
}

function refuseUnshared(isSet: (name: string) => boolean): void {
  if (isSet('wsrep_on')) {
    // Measured on a two-node Galera 4 cluster: GET_LOCK of the same name answered 1 on both nodes.
    throw new LockUnsupportedError(
      'This server is a node of a Galera cluster, where named locks exclude nobody on the other nodes',
    )
  }
  const readOnly = ['super_read_only', 'read_only', 'innodb_read_only'].find(isSet)
  if (readOnly !== undefined) {
    throw new LockUnsupportedError(
      `This server is read-only (${readOnly} is on), so it is a replica or another server than the one that is written to, ` +
        'and a lock taken here excludes nobody there',
    )
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(on|1|yes)$/i.test(value)
}
