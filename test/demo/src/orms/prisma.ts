import { lockable, namedLocks } from '@ormutex/prisma'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import type { Access } from '../account.js'
import type { Application } from '../application.js'
import { PrismaClient } from '../generated/client.js'

/** Accounts with Prisma. */
export function open({ host, port, user, password, database }: Access): Application {
  const settings = { host, port, user, password, database, connectionLimit: 2, allowPublicKeyRetrieval: true }
  const adapter = lockable(new PrismaMariaDb(settings))
  const client = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] })
  let onCommitOf = (): void => {}
  // One transaction at a time; its COMMIT is an event like any query, and the only one when it was answered.
  client.$on('query', ({ query }) => {
    if (/\bCOMMIT\b/.test(query)) onCommitOf()
  })
  const prisma = client.$extends(namedLocks())
  type Transaction = Parameters<Parameters<typeof prisma.$transaction>[0]>[0]
  const options = { isolationLevel: 'ReadCommitted' as const }
  return {
    async transaction(lock, work, onCommit) {
      onCommitOf = onCommit
      const run = (tx: Transaction): Promise<void> =>
        work({
          readBalance: async (id) => (await tx.account.findUniqueOrThrow({ where: { id } })).balance,
          setBalance: async (id, balance) => void (await tx.account.update({ where: { id }, data: { balance } })),
        })
      if (lock === null) await prisma.$transaction(run, options)
      else await prisma.$mutex(lock, run, options)
    },
    close: () => prisma.$disconnect(),
  }
}
