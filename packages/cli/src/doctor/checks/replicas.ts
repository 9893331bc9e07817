import { type Query, type ServerFacts, serverErrno } from '@ormutex/core/sql'
import { type Check, ok } from '../check.js'

/** `undefined` where this account may not know. */
type Answer = number | undefined

export const replicas: Check<Answer> = {
  id: 'replicas',
  title: 'Replicas',
  ask: ({ facts, witnesses: [first] }) => countReplicas(first.query, facts),
  judge(count) {
    if (count === undefined) {
      return ok('Whether other servers follow this one is hidden from this account.', {
        advice: 'Grant REPLICATION SLAVE (MariaDB: REPLICATION MASTER ADMIN) to see that, too.',
      })
    }
    if (count === 0) return undefined
    return ok(
      `${count === 1 ? 'One replica follows' : `${count} replicas follow`} this server. Locks are not replicated: after a failover ` +
        'those taken here mean nothing on the new primary.',
      { advice: 'Fence the old primary in a failover, so that nobody goes on writing under its locks.' },
    )
  },
}

/** The statement has been renamed: in MySQL 8.0.22, which 8.4 insists on; MariaDB has kept the old one. */
async function countReplicas(query: Query, { flavour }: Pick<ServerFacts, 'flavour'>): Promise<Answer> {
  const statements = flavour === 'mysql' ? ['SHOW REPLICAS', 'SHOW SLAVE HOSTS'] : ['SHOW SLAVE HOSTS']
  for (const statement of statements) {
    try {
      return (await query(statement)).length
    } catch (error) {
      if (serverErrno(error) === undefined) throw error
    }
  }
  return undefined
}
