import { type Lock, Verrou } from '@verrou/core'
import { knexStore } from '@verrou/core/drivers/knex'
import { redisStore } from '@verrou/core/drivers/redis'
import { Redis } from 'ioredis'
import type { Client, Held, ServerAddresses } from '../contender.js'
import { increment, openKnex } from './knex-queries.js'
import { leaseClient } from './lease-client.js'

/** What `acquire()` of a lock is told; the packages's own defaults where it is left out. */
export interface VerrouRetry {
  /** Milliseconds between two attempts. */
  delay: number
}

/** The lock is a row of its table, on the same database, and the transaction is one of the same Knex. */
export async function openOnKnex(
  { database }: ServerAddresses,
  poolSize: number,
  retry?: VerrouRetry,
): Promise<Client> {
  const db = openKnex(database, poolSize)
  const verrou = new Verrou({ default: 'knex', stores: { knex: { driver: knexStore({ connection: db }) } } })
  const acquire = (name: string): Promise<Held> => take(verrou.createLock(name), retry)
  return {
    acquire,
    update: async (name, section) => {
      const held = await acquire(name)
      try {
        await db.transaction(async (trx) => {
          section.entered()
          await increment(trx, name)
        })
        section.left()
      } finally {
        await held.release()
      }
    },
    close: () => db.destroy(),
  }
}

export async function openOnRedis(servers: ServerAddresses, poolSize: number, retry?: VerrouRetry): Promise<Client> {
  const redis = new Redis(servers.redis!)
  const verrou = new Verrou({
    default: 'redis',
    stores: { redis: { driver: redisStore({ connection: redis }) } },
  })
  return leaseClient(servers, poolSize, {
    acquire: (name) => take(verrou.createLock(name), retry),
    close: async () => void (await redis.quit()),
  })
}

async function take(lock: Lock, retry: VerrouRetry | undefined): Promise<Held> {
  const isAcquired = await lock.acquire(retry === undefined ? {} : { retry })
  if (!isAcquired) throw new Error('@verrou/core gave up')
  return { release: () => lock.release() }
}
