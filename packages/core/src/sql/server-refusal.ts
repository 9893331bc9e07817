import type { GaleraFacts, GroupReplicationFacts, ServerFacts, VersionNumbers } from './server-facts.js'

/** What a caller takes upon itself. */
export interface RefusalOptions {
  /** Whether every process that takes locks is sent to the same node: see `NamedLocksOptions.allowNodeLocalLocks`. */
  readonly allowNodeLocalLocks: boolean
}

/** The first versions with locks to rely on, and what is wrong with those before. */
const OLDEST: Readonly<Record<ServerFacts['product'], { readonly version: VersionNumbers; readonly before: string }>> =
  {
    // A second GET_LOCK released the first: MySQL 5.7 manual, section 12.15; MariaDB's manual, GET_LOCK.
    MySQL: { version: [5, 7, 5], before: 'holds one named lock per connection' },
    MariaDB: { version: [10, 0, 2], before: 'holds one named lock per connection' },
    Vitess: { version: [5, 7, 5], before: 'holds one named lock per connection' },
    // TiDB's release notes, 6.1.0; before, its source said 1 to everybody.
    TiDB: { version: [6, 1, 0], before: 'answers GET_LOCK without locking anything' },
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
  if (versionNumbers === undefined) return 'The server does not tell its version; MySQL or MariaDB is needed'
  const { version, before } = OLDEST[product]
  const differing = version.findIndex((part, index) => versionNumbers[index] !== part)
  if (differing === -1 || versionNumbers[differing]! > version[differing]!) return undefined
  return `${product} ${versionNumbers.join('.')} ${before}; ${product} ${version.join('.')} or later is needed`
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
