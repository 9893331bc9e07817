import { Redis } from 'ioredis'
import { Mutex, type LockOptions } from 'redis-semaphore'
import type { Client, ServerAddresses } from '../contender.js'
import { leaseClient } from './lease-client.js'

export async function open(servers: ServerAddresses, poolSize: number, options: LockOptions): Promise<Client> {
  const redis = new Redis(servers.redis!)
  return leaseClient(servers, poolSize, {
    acquire: async (name) => {
      const mutex = new Mutex(redis, name, options)
      await mutex.acquire()
      return { release: () => mutex.release() }
    },
    close: async () => void (await redis.quit()),
  })
}
