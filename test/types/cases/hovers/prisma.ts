import { labelled, lockable, namedLocks } from '@ormutex/prisma'
import { PrismaClient, PrismaMariaDb } from '@ormutex-test/prisma-7'

const settings = /*? carry the label | @throws | @example */ labelled('mysql://localhost', {
  /*? @default `hostname:pid` */ label: 'web',
})
const adapter = /*? returns that same adapter | LOCK_UNSUPPORTED | @example */ lockable(new PrismaMariaDb(settings))
const prisma = new PrismaClient({ adapter }).$extends(
  /*? A Prisma client extension | LOCK_UNSUPPORTED | @example */ namedLocks({
    /*? @default the current database */ namespace: 'shop',
    /*? Defaults for every call */ defaults: { /*? milliseconds | @default none */ holdTimeoutMs: 5_000 },
  }),
)

/** Through $extends, and in what `$transaction` gives. */
await prisma
  /*? on one connection | maxWait | 10 000 ms by default | COMMIT_UNKNOWN | @example */ .$mutex(
    'user:42',
    async (tx, lock) => {
      await tx
        /*? on one connection | LOCK_REENTRY */ .$mutex('b', (same) => same.account.findMany())
      await tx
        /*? without waiting */ .$tryMutex('c', () => lock./*? Grows with every grant */ token)
    },
    {
      /*? Longest wait in milliseconds | @default 10000 */ timeoutMs: 5_000,
      /*? in Prisma's words | @default the client's */ isolationLevel: 'ReadCommitted',
    },
  )
await prisma.$transaction((tx) =>
  tx
    /*? the lock joins that one */ .$mutex('a', () => 1),
)
await prisma
  /*? without waiting | LOCK_TIMEOUT | @example */ .$tryMutex('a', () => 1)
await prisma
  /*? with no transaction open | LOCK_UNSUPPORTED | @example */ .$acquireMutex('a', {
    /*? Gives up the wait */ signal: new AbortController().signal,
  })
await prisma
  /*? `null` | 0 by default */ .$tryAcquireMutex('a')
await prisma
  /*? Who has a lock at this moment */ .$mutexHolder('a', { /*? @default false */ exactName: true })
await prisma
  /*? performance_schema | METADATA_LOCK_INFO */ .$mutexes()

/** Behind another extension. */
const extended = prisma.$extends({ client: { $greeting: () => 'hello' } })
await extended
  /*? on one connection | COMMIT_UNKNOWN | @example */ .$mutex('a', (tx) =>
    tx
      /*? on one connection */ .$mutex('b', () => 1),
  )
