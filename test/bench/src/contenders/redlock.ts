import { Redis } from 'ioredis'
import Redlock, { type Settings } from 'redlock'
import type { Client, ServerAddresses } from '../contender.js'
import { leaseClient } from './lease-client.js'

/** What the README's examples ask for, in milliseconds. */
const DURATION_MS = 5_000

export async function open(servers: ServerAddresses, poolSize: number, settings: Partial<Settings>): Promise<Client> {
  const redis = new Redis(servers.redis!)
  const redlock = new Redlock([redis], settings)
  return leaseClient(servers, poolSize, {
    acquire: async (name) => {
      const lock = await redlock.acquire([name], DURATION_MS)
      return { release: () => lock.release() }
    },
    close: () => redlock.quit(),
  })
}
