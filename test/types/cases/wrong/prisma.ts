import { labelled, lockable, namedLocks } from '@ormutex/prisma'
import { PrismaClient, PrismaMariaDb } from '@ormutex-test/prisma-7'

const adapter = lockable(new PrismaMariaDb('mysql://localhost'))
const client = new PrismaClient({ adapter })
const prisma = client.$extends(namedLocks())

/** Options of calls. */
await prisma.$mutex('a', async () => 1, { /*! 'timeoutMs' */ timeoutMS: 5_000 })
await prisma.$mutex('a', async () => 1, { /*! Type 'string' is not assignable to type 'number' */ timeoutMs: '5s' })
await prisma.$mutex('a', async () => 1, { /*! "Snapshot" | IsolationLevel */ isolationLevel: 'Snapshot' })
await prisma.$mutex('a', async () => 1, { /*! 'maxWait' does not exist in type 'MutexOptions' */ maxWait: 5 })
await prisma.$tryMutex('a', async () => 1, { /*! 'timeoutMs' */ timeoutMS: 5_000 })
await prisma.$acquireMutex('a', {
  /*! 'isolationLevel' does not exist in type 'WaitOptions' */ isolationLevel: 'ReadCommitted',
})

/** Names and callbacks, and the models in them. */
await prisma.$mutex(/*! Argument of type 'number' */ 42, async () => 1)
await prisma.$mutexHolder(/*! Argument of type 'string[]' */ ['a'])
await prisma
  /*! Expected 2-3 arguments, but got 1 */ .$mutex('a')
await prisma.$mutex('a', { /*! 'timeoutMs' does not exist in type 'LockCallback< */ timeoutMs: 5 })
await prisma.$mutex('a', async (tx) =>
  tx.account.findMany({ where: { /*! 'nickname' does not exist */ nickname: 'x' } }),
)
await prisma.$mutex('a', async (tx) =>
  tx /*! Did you mean 'account' */.acount
    .findMany(),
)
await prisma.$mutex('a', async (tx) => (await tx.account.findFirstOrThrow())./*! 'nickname' does not exist */ nickname)

/** Inside transactions. */
await prisma.$mutex('a', async (tx) => tx.$mutex('b', () => 1, { /*! 'timeoutMs' */ timeoutMS: 5 }))
await prisma.$transaction(async (tx) =>
  tx.$mutex('b', () => 1, { /*! Type 'string' is not assignable to type 'number' */ timeoutMs: '5s' }),
)

/** Options of namedLocks() and of labelled(), and what has no locks. */
client.$extends(namedLocks({ /*! 'namespace' */ namspace: 'shop' }))
client.$extends(namedLocks({ /*! Type 'string' is not assignable to type 'number' */ maxWaiters: '5' }))
namedLocks(/*! no properties in common with type 'NamedLocksOptions' */ client)
lockable(/*! Argument of type 'string' */ 'mysql://localhost')
labelled(/*! Argument of type 'number' */ 42)
labelled('mysql://localhost', { /*! 'label' */ lable: 'a' })
