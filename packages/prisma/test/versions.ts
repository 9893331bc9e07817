import * as prisma6 from '@ormutex-test/prisma-6'
import { Prisma, PrismaClient, PrismaMariaDb } from '@ormutex-test/prisma-7'

/** A version of Prisma, with a client that was generated from the same models. */
export interface PrismaVersion {
  readonly title: string
  readonly Prisma: typeof Prisma
  readonly PrismaClient: typeof PrismaClient
  readonly PrismaMariaDb: typeof PrismaMariaDb
}

export const PRISMA_7: PrismaVersion = { title: 'Prisma 7', Prisma, PrismaClient, PrismaMariaDb }

/** As far as the tests go its types are those of Prisma 7; its own are looked at by the type tests. */
export const PRISMA_6: PrismaVersion = { title: 'Prisma 6', ...(prisma6 as unknown as Omit<PrismaVersion, 'title'>) }
