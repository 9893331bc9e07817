import type { Lock } from '@ormutex/core'
import { lockable, namedLocks } from '@ormutex/prisma'
import { Prisma, PrismaClient, PrismaMariaDb } from '@ormutex-test/prisma-6'
import { expectType, type Same } from './expect.js'

const adapter: PrismaMariaDb = lockable(new PrismaMariaDb('mysql://127.0.0.1/shop'))
const greeting = Prisma.defineExtension({ client: { $greeting: () => 'hello' as const } })
const prisma = new PrismaClient({ adapter }).$extends(namedLocks()).$extends(greeting)

/** The callback's transaction is the one that `$transaction` gives, with all extensions, and its result is the call's. */
const number = prisma.$mutex('user:42', async (tx, lock) => {
  expectType<Same<typeof lock, Lock<'user:42'>>>()
  expectType<Same<ReturnType<typeof tx.$greeting>, 'hello'>>()
  // Prisma 6 has no nested transactions.
  expectType<Same<'$transaction' extends keyof typeof tx ? true : false, false>>()
  await tx.$mutex('further', async (same) => same.entry.count())
  return (await tx.account.findUniqueOrThrow({ where: { id: 42 } })).balance
})
expectType<Same<typeof number, Promise<number>>>()
type GivenByTransaction = Parameters<Parameters<(typeof prisma)['$transaction']>[0]>[0]
prisma.$mutex('user:42', (tx) => expectType<Same<typeof tx, GivenByTransaction>>()).catch(() => {})

const library = Prisma.defineExtension((any) => any.$extends(namedLocks()))
const fromLibrary = new PrismaClient({ adapter }).$extends(library).$mutex('a', (tx) => tx.account.findMany())
export const accounts: Promise<{ balance: number }[]> = fromLibrary

export function wrong(): void {
  // @ts-expect-error -- no level of MySQL's
  void prisma.$mutex('a', () => 1, { isolationLevel: 'Snapshot' })
  // @ts-expect-error -- no part of a batch
  void prisma.$transaction([prisma.$mutex('a', () => 1)])
}
