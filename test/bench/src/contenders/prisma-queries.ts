import type { Access } from '../access.js'
import { PATIENCE_MS } from './patient.js'

// What contenders on Prisma have in common: the same work for all of them.

/** A client or a transaction, extended or not. */
interface Counters {
  counter: {
    updateMany(query: { where: { name: string }; data: { value: { increment: number } } }): Promise<unknown>
    findUnique(query: { where: { name: string }; select: { value: true } }): Promise<unknown>
  }
}

/** How many connections the connector keeps open besides those that are in use. */
export const IDLE_CONNECTIONS = 1

/** For `new PrismaMariaDb(…)`. */
export function poolSettings({ host, port, user, password, database }: Access, poolSize: number) {
  return {
    host,
    port,
    user,
    password,
    database,
    connectionLimit: poolSize,
    // Otherwise the connector opens all of them at once, and those that are needed cannot be told. With 0 it never opens any.
    minimumIdle: IDLE_CONNECTIONS,
    acquireTimeout: PATIENCE_MS,
    // MySQL's default authentication asks for it on connections without TLS.
    allowPublicKeyRetrieval: true,
  }
}

/** One UPDATE: `update` would read the row before and after. */
export async function increment({ counter }: Counters, name: string): Promise<void> {
  await counter.updateMany({ where: { name }, data: { value: { increment: 1 } } })
}

export async function readCounter({ counter }: Counters, name: string): Promise<void> {
  await counter.findUnique({ where: { name }, select: { value: true } })
}
