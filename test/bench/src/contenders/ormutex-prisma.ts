import { lockable, namedLocks, type NamedLocksOptions } from '@ormutex/prisma'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import type { Client, ServerAddresses } from '../contender.js'
import { PrismaClient } from '../generated/client.js'
import { PATIENT } from './patient.js'
import { increment, poolSettings, readCounter } from './prisma-queries.js'

export type AdapterKind = 'lockable' | 'plain'

export async function open(
  { database }: ServerAddresses,
  poolSize: number,
  kind: AdapterKind,
  options?: NamedLocksOptions,
): Promise<Client> {
  const plain = new PrismaMariaDb(poolSettings(database, poolSize))
  const adapter = kind === 'lockable' ? lockable(plain) : plain
  const prisma = new PrismaClient({ adapter }).$extends(namedLocks({ ...PATIENT, ...options }))
  return {
    acquire: (name) => prisma.$acquireMutex(name),
    update: (name, section) =>
      prisma.$mutex(name, async (tx) => {
        section.entered()
        await increment(tx, name)
        section.left()
      }),
    read: (name) => readCounter(prisma, name),
    close: () => prisma.$disconnect(),
  }
}
