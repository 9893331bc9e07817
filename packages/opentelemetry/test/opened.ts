import { namedLocks as knexLocks } from '@ormutex/knex'
import { namedLocks as poolLocks, type NamedLocksOptions, type PoolLocks } from '@ormutex/mysql2'
import { lockable, namedLocks as prismaLocks } from '@ormutex/prisma'
import { namedLocks as sequelizeLocks } from '@ormutex/sequelize'
import { PrismaClient, PrismaMariaDb } from '@ormutex-test/prisma-7'
import { type Flavour, sharedServer } from '@ormutex-test/servers'
import knex from 'knex'
import { createPool, type Pool } from 'mysql2/promise'
import { Sequelize } from 'sequelize'

type Work = () => Promise<void>

/** An adapter on its ORM, as far as spans go. */
export interface Opened {
  /** In a transaction of its own, with another lock that joins it. */
  nested(outer: string, inner: string, work: Work): Promise<void>
  /** With no transaction, until `work` has ended. */
  alone(name: string, work: Work): Promise<void>
  close(): Promise<unknown>
}

const OPTIONS: NamedLocksOptions = { namespace: 'shop' }

/** Every adapter, on a server. */
export const ADAPTERS: Readonly<Record<string, (flavour: Flavour) => Promise<Opened>>> = {
  mysql2: async (flavour) => {
    const { host, port, user, password, database } = await sharedServer(flavour)
    const pool = createPool({ host, port, user, password, database })
    const locks = poolLocks(pool, OPTIONS)
    return {
      nested: (outer, inner, work) => locks.withNamedLock(outer, (connection) => connection.withNamedLock(inner, work)),
      alone: (name, work) => until(locks.acquireNamedLock(name), work),
      close: () => pool.end(),
    }
  },
  knex: async (flavour) => {
    const { host, port, user, password, database } = await sharedServer(flavour)
    const db = knexLocks(knex({ client: 'mysql2', connection: { host, port, user, password, database } }), OPTIONS)
    return {
      nested: (outer, inner, work) => db.withNamedLock(outer, (trx) => trx.withNamedLock(inner, work)),
      alone: (name, work) => until(db.acquireNamedLock(name), work),
      close: () => db.destroy(),
    }
  },
  sequelize: async (flavour) => {
    const { url } = await sharedServer(flavour)
    const sequelize = sequelizeLocks(new Sequelize(url, { dialect: 'mysql', logging: false }), OPTIONS)
    return {
      nested: (outer, inner, work) =>
        sequelize.withNamedLock(outer, (transaction) => sequelize.withNamedLock(inner, work, { transaction })),
      alone: (name, work) => until(sequelize.acquireNamedLock(name), work),
      close: () => sequelize.close(),
    }
  },
  prisma: async (flavour) => {
    const { host, port, user, password, database } = await sharedServer(flavour)
    const adapter = lockable(
      new PrismaMariaDb({ host, port, user, password, database, connectionLimit: 5, allowPublicKeyRetrieval: true }),
    )
    const prisma = new PrismaClient({ adapter }).$extends(prismaLocks(OPTIONS))
    return {
      nested: (outer, inner, work) => prisma.$mutex(outer, (tx) => tx.$mutex(inner, work)),
      alone: (name, work) => until(prisma.$acquireMutex(name), work),
      close: () => prisma.$disconnect(),
    }
  },
}

async function until(acquiring: Promise<{ release(): Promise<void> }>, work: Work): Promise<void> {
  const lock = await acquiring
  try {
    await work()
  } finally {
    await lock.release()
  }
}

/** Connections of a pool of `withLocks`. */
export const POOL_SIZE = 6

/** Runs a test with named locks on a mysql2 pool, and takes it down afterwards. */
export async function withLocks(
  flavour: Flavour,
  test: (locks: PoolLocks, pool: Pool) => Promise<void>,
  options: NamedLocksOptions = OPTIONS,
): Promise<void> {
  const { host, port, user, password, database } = await sharedServer(flavour)
  const pool = createPool({ host, port, user, password, database, connectionLimit: POOL_SIZE })
  try {
    await test(poolLocks(pool, options), pool)
  } finally {
    await pool.end()
  }
}
