import type { Holder, Lock, TryResult } from '@ormutex/core'
import { lockable, namedLocks } from '@ormutex/prisma'
import { Prisma, PrismaClient, PrismaMariaDb } from '@ormutex-test/prisma-7'
import { expectType, type Same } from './expect.js'

/** The adapter stays what it was. */
const adapter: PrismaMariaDb = lockable(new PrismaMariaDb('mysql://127.0.0.1/shop'))
const prisma = new PrismaClient({ adapter }).$extends(namedLocks({ namespace: 'shop', defaults: { timeoutMs: 5_000 } }))

/** The client stays what it was: models, raw queries, transactions. */
export const accounts: Promise<{ id: number; balance: number }[]> = prisma.account.findMany()
export const batch: Promise<unknown[]> = prisma.$transaction([prisma.account.count(), prisma.$queryRaw`SELECT 1`])

/** The callback's transaction is the one that `$transaction` gives, and its result is the call's. */
const number = prisma.$mutex('user:42', async (tx) => {
  const account = await tx.account.findUniqueOrThrow({ where: { id: 42 }, include: { entries: true } })
  expectType<Same<typeof account.balance, number>>()
  await tx.$executeRaw`UPDATE accounts SET balance = ${account.balance - 10} WHERE id = 42`
  return account.entries.length
})
expectType<Same<typeof number, Promise<number>>>()
const text = prisma.$mutex('user:42', () => 'sync')
expectType<Same<typeof text, Promise<string>>>()
type GivenByTransaction = Parameters<Parameters<(typeof prisma)['$transaction']>[0]>[0]
prisma.$mutex('user:42', (tx) => expectType<Same<typeof tx, GivenByTransaction>>()).catch(() => {})

/** What belongs to a client alone is not there in a transaction. */
prisma
  .$mutex('user:42', (tx) => {
    expectType<Same<'$connect' extends keyof typeof tx ? true : false, false>>()
    expectType<Same<'$extends' extends keyof typeof tx ? true : false, false>>()
  })
  .catch(() => {})

/** One name or several: the lock says which. */
prisma
  .$mutex('user:42', (_, lock) => {
    expectType<Same<typeof lock, Lock<'user:42'>>>()
    expectType<Same<typeof lock.token, bigint>>()
  })
  .catch(() => {})
prisma.$mutex(['a', 'b'], (_, lock) => expectType<Same<typeof lock, Lock<readonly ['a', 'b']>>>()).catch(() => {})

const tried = prisma.$tryMutex('user:42', async () => new Date())
expectType<Same<typeof tried, Promise<TryResult<Date>>>>()
export async function narrowed(): Promise<Date | Holder | null> {
  const result = await tried
  return result.acquired ? result.value : result.holder
}
const held = prisma.$acquireMutex('deploy')
expectType<Same<typeof held, Promise<Lock<'deploy'>>>>()
const maybe = prisma.$tryAcquireMutex('deploy')
expectType<Same<typeof maybe, Promise<Lock<'deploy'> | null>>>()
export async function disposed(): Promise<void> {
  await using lock = await prisma.$acquireMutex('deploy')
  lock.signal.throwIfAborted()
}
export const holder: Promise<Holder | null> = prisma.$mutexHolder('deploy', { exactName: true })

/** A transaction takes further locks, nested ones included. */
const joined = prisma.$transaction((tx) =>
  tx.$mutex('a', (inner) => inner.$transaction((nested) => nested.$tryMutex('b', () => 1))),
)
expectType<Same<typeof joined, Promise<TryResult<number>>>>()

/** Prisma's words for isolation levels, its enumeration included. */
const { ReadCommitted } = Prisma.TransactionIsolationLevel
prisma.$mutex('a', () => 1, { isolationLevel: ReadCommitted, timeoutMs: 300, holdTimeoutMs: 1_000 }).catch(() => {})

/** Other extensions, in either order. */
const rich = Prisma.defineExtension({
  result: { account: { isRich: { needs: { balance: true }, compute: ({ balance }) => balance > 1_000 } } },
  model: {
    account: {
      async richest(): Promise<string> {
        return 'Ada'
      },
    },
  },
  client: { $greeting: () => 'hello' as const },
})
const client = new PrismaClient({ adapter })
const before = client.$extends(rich).$extends(namedLocks())
const after = client.$extends(namedLocks()).$extends(rich)
const richBefore = before.$mutex('a', async (tx) => {
  expectType<Same<ReturnType<typeof tx.$greeting>, 'hello'>>()
  return [(await tx.account.findFirstOrThrow()).isRich, await tx.account.richest()] as const
})
const richAfter = after.$mutex('a', async (tx) => {
  expectType<Same<ReturnType<typeof tx.$greeting>, 'hello'>>()
  return [(await tx.account.findFirstOrThrow()).isRich, await tx.account.richest()] as const
})
expectType<Same<typeof richBefore, Promise<readonly [boolean, string]>>>()
expectType<Same<typeof richAfter, Promise<readonly [boolean, string]>>>()

/** A library's extension brings the locks with it. */
const library = Prisma.defineExtension((any) => any.$extends(namedLocks()).$extends({ client: { $once: () => 1 } }))
const withLibrary = client.$extends(library)
const fromLibrary = withLibrary.$mutex('a', async (tx) => (await tx.account.findFirstOrThrow()).balance)
expectType<Same<typeof fromLibrary, Promise<number>>>()
export const once: number = withLibrary.$once()

export function wrong(): void {
  // @ts-expect-error -- a callback is needed
  void prisma.$mutex('a')
  // @ts-expect-error -- no level of MySQL's
  void prisma.$mutex('a', () => 1, { isolationLevel: 'Snapshot' })
  // @ts-expect-error -- Prisma's own limits do not apply
  void prisma.$mutex('a', () => 1, { timeout: 1 })
  // @ts-expect-error -- misspelt
  void prisma.$mutex('a', () => 1, { timeoutMS: 1 })
  // @ts-expect-error -- no option of a lock without a transaction
  void prisma.$acquireMutex('a', { isolationLevel: 'ReadCommitted' })
  // @ts-expect-error -- no part of a batch
  void prisma.$transaction([prisma.$mutex('a', () => 1)])
  // @ts-expect-error -- misspelt
  client.$extends(namedLocks({ namspace: 'shop' }))
  // @ts-expect-error -- no adapter
  lockable('mysql://127.0.0.1/shop')
}
