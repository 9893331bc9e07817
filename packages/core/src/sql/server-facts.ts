import { isOff, toInteger } from './answers.js'
import { type Query, SESSION_ID, text } from './dialect.js'
import { shown } from './shown.js'

/** What a server tells about itself, as far as it matters to named locks: see {@link inspectServer}. */
export interface ServerFacts {
  /** As the server tells it, `'10.11.6-MariaDB-log'`; empty when it does not. */
  readonly version: string
  /** The product's own version: TiDB's, not that of MySQL which it claims to be. `undefined` when it is not told. */
  readonly versionNumbers: VersionNumbers | undefined
  /** Whose SQL it speaks. */
  readonly flavour: 'mysql' | 'mariadb'
  /** Told by the version. Percona Server is MySQL here, Percona XtraDB Cluster is MySQL with `galera`. */
  readonly product: 'MySQL' | 'MariaDB' | 'TiDB' | 'Vitess'
  /** The connection's current database; empty when none is selected. */
  readonly database: string
  /** The server's id of the connection that asked, in digits: not always what the driver was told, see `isSameConnectionId`. */
  readonly connectionId: string
  /** `read_only`: it takes no writes but those of accounts that may always write. A replica mostly says so. */
  readonly readOnly: boolean
  /** `super_read_only` of MySQL: it takes no writes of anybody. */
  readonly superReadOnly: boolean
  /** `innodb_read_only`: its storage cannot be written to; a reader of Amazon Aurora says so. */
  readonly innodbReadOnly: boolean
  /** `max_statement_time` in seconds, which would end a wait with NULL; 0 for no limit, and on MySQL. */
  readonly maxStatementTimeSeconds: number
  /** The session's `wait_timeout` in seconds; `undefined` when it is not told. */
  readonly waitTimeoutSeconds: number | undefined
  /** What it is in a Galera cluster; `null` for a server that is no node of one. */
  readonly galera: GaleraFacts | null
  /** What it is in a replication group; `null` for a server that is no member of one. */
  readonly groupReplication: GroupReplicationFacts | null
}

/** The three numbers of a version. */
export type VersionNumbers = readonly [major: number, minor: number, patch: number]

/** A node of a Galera cluster (MariaDB Galera Cluster, Percona XtraDB Cluster). */
export interface GaleraFacts {
  /** How many nodes this one sees; `undefined` when it does not tell. */
  readonly clusterSize: number | undefined
  /** `'Primary'` for a node that is with the majority of its cluster; `'non-Primary'` or `'Disconnected'` otherwise. */
  readonly clusterStatus: string | undefined
}

/** A member of a MySQL Group Replication group. The group's members are hidden from accounts that may not read performance_schema. */
export interface GroupReplicationFacts {
  /** Whether one member alone takes writes. */
  readonly singlePrimaryMode: boolean
  /** How it is: `'ONLINE'`, `'RECOVERING'`, `'OFFLINE'`, `'ERROR'` or `'UNREACHABLE'`; `undefined` where it is hidden. */
  readonly memberState: string | undefined
  /** What it does: `'PRIMARY'` or `'SECONDARY'`; `undefined` where it is hidden, and on MySQL 5.7. */
  readonly memberRole: string | undefined
  /** How many members the group has; `undefined` where it is hidden. */
  readonly memberCount: number | undefined
}

/**
 * Like all statements here, it opens no read view, so it may run inside a transaction that has read nothing yet: measured on MySQL 9.7,
 * MariaDB 10.11 and a Galera cluster of it.
 */
const VARIABLES_STATEMENT =
  "SHOW VARIABLES WHERE Variable_name IN ('version', 'wsrep_on', 'read_only', 'super_read_only', 'innodb_read_only'," +
  " 'max_statement_time', 'wait_timeout', 'group_replication_group_name', 'group_replication_single_primary_mode')"
const CONNECTION_STATEMENT = `SELECT DATABASE() AS current_database, ${SESSION_ID}`
const GALERA_STATEMENT = "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_cluster_status')"

/** Came with MySQL 8.0. */
const MEMBER_ROLE = `, ${text('MEMBER_ROLE')} AS member_role`

/** Needs SELECT on performance_schema. */
function membersStatement(role: string): string {
  return (
    `SELECT MEMBER_ID = @@server_uuid AS is_own, ${text('MEMBER_STATE')} AS member_state${role}` +
    ' FROM performance_schema.replication_group_members'
  )
}

/**
 * Asks a server what it is. Two statements, on a node of a cluster three. Needs no privilege; what is hidden from the account is
 * `undefined`.
 *
 * @param query sends a statement on a connection to it
 * @throws what `query` rejects with
 * @example
 * const facts = await inspectServer(async (sql) => (await connection.query<RowDataPacket[]>(sql))[0])
 * console.log(facts.product, facts.version, refusalOf(facts, { allowNodeLocalLocks: false }))
 */
export async function inspectServer(query: Query): Promise<ServerFacts> {
  const variables = await namedValues(query, VARIABLES_STATEMENT)
  const [connection] = await query(CONNECTION_STATEMENT)
  const database = connection?.['current_database']
  const version = variables.get('version') ?? ''
  const isSet = (name: string): boolean => isOn(variables.get(name))
  const groupName = variables.get('group_replication_group_name') ?? ''
  return {
    version,
    ...productOf(version),
    database: typeof database === 'string' ? database : '',
    connectionId: String(toInteger(connection?.['session_id']) ?? ''),
    readOnly: isSet('read_only'),
    superReadOnly: isSet('super_read_only'),
    innodbReadOnly: isSet('innodb_read_only'),
    maxStatementTimeSeconds: Number(variables.get('max_statement_time') ?? 0),
    waitTimeoutSeconds: numberOf(variables.get('wait_timeout')),
    galera: isSet('wsrep_on') ? await inspectGalera(query) : null,
    groupReplication:
      groupName === '' ? null : await inspectGroup(query, isSet('group_replication_single_primary_mode')),
  }
}

/** Asks a node about its cluster. One statement. */
export async function inspectGalera(query: Query): Promise<GaleraFacts> {
  const status = await namedValues(query, GALERA_STATEMENT)
  return {
    clusterSize: numberOf(status.get('wsrep_cluster_size')),
    clusterStatus: status.get('wsrep_cluster_status'),
  }
}

async function inspectGroup(query: Query, singlePrimaryMode: boolean): Promise<GroupReplicationFacts> {
  const members = (await shown(query, membersStatement(MEMBER_ROLE))) ?? (await shown(query, membersStatement('')))
  if (members === undefined) {
    return { singlePrimaryMode, memberState: undefined, memberRole: undefined, memberCount: undefined }
  }
  const own = members.find((member) => toInteger(member['is_own']) === 1n)
  return {
    singlePrimaryMode,
    // A member that was stopped is not among them by its own name.
    memberState: textOf(own?.['member_state']) ?? 'OFFLINE',
    memberRole: textOf(own?.['member_role']),
    memberCount: own === undefined ? 0 : members.length,
  }
}

/** Rows of a name and a value, as SHOW answers them; names in lower case. */
async function namedValues(query: Query, statement: string): Promise<ReadonlyMap<string, string>> {
  const rows = await query(statement)
  return new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]))
}

function productOf(version: string): Pick<ServerFacts, 'flavour' | 'product' | 'versionNumbers'> {
  const tidb = /-TiDB-v?(.*)/i.exec(version)?.[1]
  if (tidb !== undefined) return { flavour: 'mysql', product: 'TiDB', versionNumbers: numbersOf(tidb) }
  // MariaDB before 11 sends 5.5.5- ahead of its version to old replicas.
  const versionNumbers = numbersOf(version.replace(/^5\.5\.5-/, ''))
  if (/mariadb/i.test(version)) return { flavour: 'mariadb', product: 'MariaDB', versionNumbers }
  return { flavour: 'mysql', product: /-vitess/i.test(version) ? 'Vitess' : 'MySQL', versionNumbers }
}

function numbersOf(version: string): VersionNumbers | undefined {
  const numbers = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)
  return numbers === null ? undefined : [Number(numbers[1]), Number(numbers[2]), Number(numbers[3] ?? 0)]
}

/** MariaDB 12 has more words than ON for `read_only`. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && !isOff(value)
}

function numberOf(value: string | undefined): number | undefined {
  return value === undefined || value === '' ? undefined : Number(value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
