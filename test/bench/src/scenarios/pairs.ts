/** The library on each ORM, and what one would write by hand there. */
export const PAIRS = [
  { name: 'mysql2', ours: 'ormutex-mysql2', byHand: 'hand-mysql2' },
  { name: 'Knex', ours: 'ormutex-knex', byHand: 'hand-knex' },
  { name: 'Sequelize', ours: 'ormutex-sequelize', byHand: 'hand-sequelize' },
  { name: 'Prisma, lockable', ours: 'ormutex-prisma-lockable', byHand: 'hand-prisma' },
  { name: 'Prisma, plain', ours: 'ormutex-prisma-plain', byHand: 'hand-prisma' },
] as const

export const OURS = PAIRS.map(({ ours }) => ours)
