import type { Contender } from '../contender.js'

const NEEDS = { kind: 'by hand', needs: ['database'], from: "the server's manual" } as const

/** What one would write without any package. */
export const byHand: readonly Contender[] = [
  {
    ...NEEDS,
    id: 'hand-mysql2',
    name: 'GET_LOCK by hand, mysql2',
    how: '`pool.getConnection()`; GET_LOCK, BEGIN, the statement, COMMIT, RELEASE_LOCK; `release()`',
    open: async (servers, poolSize) => (await import('./hand-mysql2.js')).open(servers, poolSize),
  },
  {
    ...NEEDS,
    id: 'hand-knex',
    name: 'GET_LOCK by hand, Knex',
    how: '`client.acquireConnection()`; the lock with `raw(…).connection(connection)` around `transaction(…, { connection })`',
    open: async (servers, poolSize) => (await import('./hand-knex.js')).open(servers, poolSize),
  },
  {
    ...NEEDS,
    id: 'hand-sequelize',
    name: 'GET_LOCK by hand, Sequelize',
    how:
      '`connectionManager.getConnection()`; all five statements with `query(…, { transaction: { connection } })`, because a ' +
      'transaction of Sequelize’s own gives its connection back with the COMMIT',
    open: async (servers, poolSize) => (await import('./hand-sequelize.js')).open(servers, poolSize),
  },
  {
    ...NEEDS,
    id: 'hand-prisma',
    name: 'GET_LOCK by hand, Prisma',
    how:
      'an interactive transaction that begins with GET_LOCK and ends with RELEASE_LOCK: **before** the COMMIT, which is not ' +
      'correct, but Prisma gives nobody a connection that outlives its transaction; `minimumIdle: 1`',
    open: async (servers, poolSize) => (await import('./hand-prisma.js')).open(servers, poolSize),
  },
  {
    ...NEEDS,
    id: 'hand-one-connection',
    name: 'GET_LOCK by hand, one connection',
    how: 'all names on one connection of mysql2, which excludes other processes, but nobody in the same one',
    open: async (servers) => (await import('./hand-one-connection.js')).open(servers),
  },
  {
    ...NEEDS,
    id: 'for-update',
    name: 'SELECT … FOR UPDATE',
    how: 'on mysql2: BEGIN, the row with FOR UPDATE, the statement, COMMIT',
    open: async (servers, poolSize) => (await import('./for-update.js')).open(servers, poolSize),
  },
  {
    ...NEEDS,
    needs: ['database', 'postgresql'],
    id: 'advisory-lock',
    name: 'pg_advisory_lock, PostgreSQL',
    how: '`pool.connect()` of `pg`; pg_advisory_lock, BEGIN, the statement, COMMIT, pg_advisory_unlock; `release()`',
    open: async (servers, poolSize) => (await import('./advisory-lock.js')).open(servers, poolSize),
  },
]
