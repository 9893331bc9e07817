/** What the page of an adapter begins with. */
const locksFor = (orm, methods) =>
  `Locks for ${orm}; the methods, with what each takes and answers: ${methods}. Everything of [@ormutex/core](core.md) is exported here, too: the errors, \`Lock\`, \`Holder\`, the options.`

const METHODS = '[NamedLocks](core.md#namedlocks)'

/** The public entries: which page each gets, and what that page begins with. What two of them export belongs to the first. */
export const ENTRIES = [
  {
    page: 'core',
    name: '@ormutex/core',
    source: 'core/src/index.ts',
    intro: 'What all adapters have in common. Applications import it from their adapter.',
  },
  {
    page: 'core-memory',
    name: '@ormutex/core/memory',
    source: 'core/src/memory/index.ts',
    intro: 'Locks without a database, for unit tests.',
  },
  { page: 'knex', name: '@ormutex/knex', source: 'knex/src/index.ts', intro: locksFor('Knex', METHODS) },
  {
    page: 'sequelize',
    name: '@ormutex/sequelize',
    source: 'sequelize/src/index.ts',
    intro: locksFor('Sequelize', METHODS),
  },
  {
    page: 'prisma',
    name: '@ormutex/prisma',
    source: 'prisma/src/index.ts',
    intro: locksFor('Prisma', '[PrismaLocks](prisma.md#prismalocks)'),
  },
  { page: 'mysql2', name: '@ormutex/mysql2', source: 'mysql2/src/index.ts', intro: locksFor('mysql2', METHODS) },
  {
    page: 'opentelemetry',
    name: '@ormutex/opentelemetry',
    source: 'opentelemetry/src/index.ts',
    intro: 'Spans and metrics: see [traces and metrics](../traces-and-metrics.md).',
  },
  {
    page: 'core-sql',
    name: '@ormutex/core/sql',
    source: 'core/src/sql/index.ts',
    intro: 'For those who write an adapter or a dialect: see [extending](../extending.md).',
  },
  {
    page: 'testkit',
    name: '@ormutex/testkit',
    source: 'testkit/src/index.ts',
    intro: 'The conformance suite, for those who write an adapter or a backend: see [extending](../extending.md).',
  },
  {
    page: 'testkit-fault-proxy',
    name: '@ormutex/testkit/fault-proxy',
    source: 'testkit/src/fault-proxy/index.ts',
    intro: 'A proxy in front of a server that reads its protocol, and does to statements what networks and servers do.',
  },
  {
    page: 'testkit-splitting-proxy',
    name: '@ormutex/testkit/splitting-proxy',
    source: 'testkit/src/splitting-proxy/index.ts',
    intro:
      'A proxy that gives each statement or transaction another session of the server, as some poolers do: a lock is none behind it. Needs mysql2.',
  },
]

/** The files of `@ormutex/core` that hold what applications meet; the rest is for those who write an adapter or a backend. */
export const FILES_FOR_APPLICATIONS = new Set([
  'call-types.ts',
  'errors.ts',
  'holder.ts',
  'keys.ts',
  'lock.ts',
  'named-locks.ts',
  'options.ts',
  'trace-messages.ts',
])
