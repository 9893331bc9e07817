import { inspectReplica, refusalOf, type ServerFacts } from '@ormutex/core/sql'
import { type Check, fail, ok, type Verdict, warn } from '../check.js'

interface Answer {
  readonly facts: ServerFacts
  readonly allowNodeLocalLocks: boolean
  readonly replicating: Awaited<ReturnType<typeof inspectReplica>>
}

/** Whether a lock taken on this server excludes everybody who writes, as the library sees it. */
export const role: Check<Answer> = {
  id: 'role',
  title: 'Role',
  ask: async ({ facts, allowNodeLocalLocks, witnesses: [first] }) => ({
    facts,
    allowNodeLocalLocks,
    replicating: await inspectReplica(first.query),
  }),
  judge({ facts, allowNodeLocalLocks, replicating }) {
    const refusal = refusalOf(facts, { allowNodeLocalLocks })
    if (refusal !== undefined) return fail(`${refusal}.`, { advice: cureFor(facts) })
    return galeraNode(facts) ?? groupMember(facts) ?? single(replicating)
  },
}

function cureFor({ galera, groupReplication, readOnly, superReadOnly, innodbReadOnly, product }: ServerFacts): string {
  if (galera !== null) {
    return galera.clusterStatus === undefined || galera.clusterStatus === 'Primary'
      ? 'Send every process that takes locks to one and the same node, and say so with allowNodeLocalLocks: true in the library ' +
          'and --allow-node-local-locks here. When that node fails, everybody has to go to the next one together.'
      : 'Bring the node back into its cluster, or connect to one that is in the primary component.'
  }
  if (groupReplication !== null) {
    return groupReplication.singlePrimaryMode
      ? "Connect to the group's primary, through MySQL Router's read-write port for example."
      : 'Switch the group to one primary, SELECT group_replication_switch_to_single_primary_mode(), or send every process that ' +
          'takes locks to one and the same member.'
  }
  if (readOnly || superReadOnly || innodbReadOnly) {
    return 'Connect to the server that is written to: the primary, or the writer endpoint.'
  }
  return `Upgrade ${product}.`
}

function galeraNode({ galera }: ServerFacts): Verdict | undefined {
  if (galera === null) return undefined
  if (galera.clusterSize === 1) {
    return warn('The only node of a Galera cluster: its locks exclude everybody for as long as no other node joins.', {
      advice: 'Before another one does, send every process that takes locks to one and the same node.',
    })
  }
  return warn(
    `A node of a Galera cluster${ofSize(galera.clusterSize)}, allowed because you say that all who take locks come to this one: ` +
      'with those on other nodes its locks do not interfere.',
    { advice: 'See to it that a load balancer sends everybody to one node, also when it fails.' },
  )
}

function groupMember({ groupReplication }: ServerFacts): Verdict | undefined {
  if (groupReplication === null) return undefined
  if (!groupReplication.singlePrimaryMode) {
    return warn(
      `One of several primaries of a Group Replication group${ofSize(groupReplication.memberCount)}, allowed because you say that ` +
        'all who take locks come to this one: with those on other members its locks do not interfere.',
      { advice: 'See to it that a load balancer sends everybody to one member, also when it fails.' },
    )
  }
  return warn(
    `The primary of a Group Replication group${ofSize(groupReplication.memberCount)}. Locks are not replicated: after a switch ` +
      'of primary the new one knows nothing of them, and nothing that was under an old one commits.',
    { advice: 'See to it that connections to an old primary end at a switch, and retry on LOCK_LOST.' },
  )
}

function single(replicating: Answer['replicating']): Verdict {
  switch (replicating) {
    case 'replica':
      return warn(
        'It replicates from another server and takes writes all the same: locks exclude only those who come here.',
        {
          advice: 'If others write to the server that it follows, connect there.',
        },
      )
    case 'hidden':
      return ok('One server that takes writes. Whether it follows another one is hidden from this account.', {
        advice: 'Grant REPLICATION CLIENT (MariaDB: SLAVE MONITOR) to see that, too.',
      })
    default:
      return ok('One server that takes writes: no replica, no Galera, no Group Replication.')
  }
}

function ofSize(size: number | undefined): string {
  return size === undefined ? '' : ` of ${size}`
}
