import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import type { Client, ServerAddresses } from '../contender.js'
import { PrismaClient, type Prisma } from '../generated/client.js'
import { checkGranted } from './granted.js'
import { PATIENCE_MS } from './patient.js'
import { increment, poolSettings, readCounter } from './prisma-queries.js'

/** Prisma's own limits are 5 s and 2 s, and a wait for a lock counts. */
const LIMITS = { timeout: PATIENCE_MS, maxWait: PATIENCE_MS }

/**
 * Prisma has a connection of one's own only within an interactive transaction: GET_LOCK is the first statement in it and
 * RELEASE_LOCK the last. The lock is given back before the COMMIT, so the next holder may read what was there before; there is
 * no correct way with as few statements, which makes this the fastest that ormutex can be held against.
 */
export async function open({ database }: ServerAddresses, poolSize: number): Promise<Client> {
  const prisma = new PrismaClient({ adapter: new PrismaMariaDb(poolSettings(database, poolSize)) })
  return {
    acquire: (name) =>
      new Promise((granted, failed) => {
        const transaction = prisma.$transaction(async (tx) => {
          await lock(tx, name)
          await new Promise<void>((release) => {
            granted({
              release: () => {
                release()
                return transaction
              },
            })
          })
          await unlock(tx, name)
        }, LIMITS)
        transaction.catch(failed)
      }),
    update: (name, section) =>
      prisma.$transaction(async (tx) => {
        await lock(tx, name)
        section.entered()
        await increment(tx, name)
        section.left()
        await unlock(tx, name)
      }, LIMITS),
    read: (name) => readCounter(prisma, name),
    close: () => prisma.$disconnect(),
  }
}

async function lock(tx: Prisma.TransactionClient, name: string): Promise<void> {
  const [row] = await tx.$queryRaw<{ granted: unknown }[]>`SELECT GET_LOCK(${name}, ${PATIENCE_MS / 1_000}) AS granted`
  checkGranted(row?.granted)
}

async function unlock(tx: Prisma.TransactionClient, name: string): Promise<void> {
  await tx.$queryRaw`SELECT RELEASE_LOCK(${name})`
}
