import type { GaleraFacts, GroupReplicationFacts, ServerFacts, VersionNumbers } from './server-facts.js'

/** What a caller takes upon itself. */
export interface RefusalOptions {
  /** Whether every process that takes locks is sent to the same node: see `NamedLocksOptions.allowNodeLocalLocks`. */
  readonly allowNodeLocalLocks: boolean
}

/** The first versions that hold several locks for a session: MySQL 5.7 manual, section 12.15; MariaDB's manual, GET_LOCK. */
const OLDEST: Readonly<Record<'MySQL' | 'MariaDB', VersionNumbers>> = { MySQL: [5, 7, 5], MariaDB: [10, 0, 2] }

/** Why locks cannot be taken on servers that speak like MySQL. */
const UNFIT: Readonly<Record<'TiDB' | 'Vitess', string>> = {
  // Its manual, "Miscellaneous Functions".
  TiDB: 'TiDB has no UUID_SHORT(), from which a lock has its token',
  // Its planner refuses anything beside a locking function in the same SELECT with VT12001.
  Vitess:
    'Vitess takes GET_LOCK() only in a SELECT of nothing else, and a lock is asked for together with its session and its token',
}

/**
 * Why a lock that is taken on a server does not exclude everybody who takes it elsewhere, as a sentence for people; `undefined` when it
 * does, as far as the server shows.
 *
 * @param facts what `inspectServer()` found
 * @param options `allowNodeLocalLocks`
 */
export function refusalOf(facts: ServerFacts, options: RefusalOptions): string | undefined {
  return (
    refusalOfVersion(facts) ??
    (facts.galera === null ? undefined : refusalOfNode(facts.galera, options)) ??
    (facts.groupReplication === null ? undefined : refusalOfMember(facts, facts.groupReplication, options)) ??
    refusalOfReader(facts)
  )
}

function refusalOfVersion({ product, versionNumbers }: ServerFacts): string | undefined {
  if (product === 'TiDB' || product === 'Vitess') return UNFIT[product]
  if (versionNumbers === undefined) return 'The server does not tell its version; MySQL or MariaDB is needed'
  const oldest = OLDEST[product]
  const differing = oldest.findIndex((part, index) => versionNumbers[index] !== part)
  if (differing === -1 || versionNumbers[differing]! > oldest[differing]!) return undefined
  return (
    `${product} ${versionNumbers.join('.')} holds one named lock per connection; ${product} ${oldest.join('.')} or later ` +
    'is needed'
  )
}

/** Measured on a two-node Galera 4 cluster: GET_LOCK of one name answered 1 on both nodes, and on a node that was cut off. */
function refusalOfNode({ clusterSize, clusterStatus }: GaleraFacts, options: RefusalOptions): string | undefined {
  if (clusterStatus?.toLowerCase() !== 'primary') {
    return (
      `This server is a node of a Galera cluster that is cut off from it (wsrep_cluster_status is ${clusterStatus ?? 'not told'}), ` +
      'and a lock taken here excludes nobody there'
    )
  }
  if (clusterSize === 1 || options.allowNodeLocalLocks) return undefined
  const which = clusterSize === undefined ? 'a node' : `one of the ${clusterSize} nodes`
  return `This server is ${which} of a Galera cluster, where a lock excludes nobody on the other nodes. ${oneNode('node')}`
}

function refusalOfMember(
  facts: ServerFacts,
  { memberState, memberRole, singlePrimaryMode }: GroupReplicationFacts,
  options: RefusalOptions,
): string | undefined {
  // Who leaves a group is made read-only: one that takes writes was never started in it, or was sent on its way alone.
  if (memberState === 'OFFLINE' && refusalOfReader(facts) === undefined) {
    if (options.allowNodeLocalLocks) return undefined
    return `This server is set up for a replication group but is not in it (it is OFFLINE), and a lock taken here excludes nobody there. ${oneNode('server')}`
  }
  if (memberState !== undefined && memberState !== 'ONLINE') {
    return `This server is a member of a replication group, but not an active one (it is ${memberState}), and a lock taken here excludes nobody there`
  }
  if (!singlePrimaryMode) {
    if (options.allowNodeLocalLocks) return undefined
    return `This server is one of several primaries of a replication group, where a lock excludes nobody on the others. ${oneNode('member')}`
  }
  if (memberRole === 'SECONDARY')
    return 'This server is a secondary of a replication group, and a lock taken here excludes nobody on its primary'
  return undefined
}

function oneNode(what: string): string {
  return `If every process that takes locks is sent to the same ${what}, say so with allowNodeLocalLocks: true`
}

function refusalOfReader({ readOnly, superReadOnly, innodbReadOnly }: ServerFacts): string | undefined {
  const variable = superReadOnly
    ? 'super_read_only'
    : readOnly
      ? 'read_only'
      : innodbReadOnly
        ? 'innodb_read_only'
        : undefined
  return variable === undefined ? undefined : readerRefusal(`${variable} is on`)
}

/** @param how it shows */
export function readerRefusal(how: string): string {
  return (
    `This server is read-only (${how}), so it is a replica or another server than the one that is written to, and a lock taken here ` +
    'excludes nobody there'
  )
}
