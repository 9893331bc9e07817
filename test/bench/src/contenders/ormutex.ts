import type { Contender } from '../contender.js'
import { IDLE_CONNECTIONS } from './prisma-queries.js'

const NEEDS = { kind: 'ormutex', needs: ['database'], from: 'defaults, but for `timeoutMs`' } as const

const MINIMUM_IDLE = `\`minimumIdle: ${IDLE_CONNECTIONS}\``

/** The library under test. Another row of options is one more entry here. */
export const ormutex: readonly Contender[] = [
  {
    ...NEEDS,
    id: 'ormutex-mysql2',
    name: 'ormutex, mysql2',
    how: '`acquireNamedLock` and `withNamedLock` on a mysql2 pool',
    open: async (servers, poolSize) => (await import('./ormutex-mysql2.js')).open(servers, poolSize),
  },
  {
    ...NEEDS,
    id: 'ormutex-mysql2-off',
    name: 'ormutex, mysql2, hand-over off',
    how: 'the same with `handOverMs: 0`',
    open: async (servers, poolSize) => (await import('./ormutex-mysql2.js')).open(servers, poolSize, { handOverMs: 0 }),
  },
  {
    ...NEEDS,
    id: 'ormutex-knex',
    name: 'ormutex, Knex',
    how: '`acquireNamedLock` and `withNamedLock` on Knex',
    open: async (servers, poolSize) => (await import('./ormutex-knex.js')).open(servers, poolSize),
  },
  {
    ...NEEDS,
    id: 'ormutex-sequelize',
    name: 'ormutex, Sequelize',
    how: '`acquireNamedLock` and `withNamedLock` on Sequelize with mysql2',
    open: async (servers, poolSize) => (await import('./ormutex-sequelize.js')).open(servers, poolSize),
  },
  {
    ...NEEDS,
    id: 'ormutex-prisma-lockable',
    name: 'ormutex, Prisma, lockable',
    how: `\`$acquireMutex\` and \`$mutex\` on Prisma with \`lockable(adapter)\`; ${MINIMUM_IDLE}`,
    idleConnections: IDLE_CONNECTIONS,
    open: async (servers, poolSize) => (await import('./ormutex-prisma.js')).open(servers, poolSize, 'lockable'),
  },
  {
    ...NEEDS,
    id: 'ormutex-prisma-plain',
    name: 'ormutex, Prisma, plain',
    how: `\`$acquireMutex\` and \`$mutex\` on Prisma with a plain adapter; ${MINIMUM_IDLE}`,
    idleConnections: IDLE_CONNECTIONS,
    open: async (servers, poolSize) => (await import('./ormutex-prisma.js')).open(servers, poolSize, 'plain'),
  },
]
