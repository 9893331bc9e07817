import { LockEngine, type NamedLocksOptions } from '@ormutex/core'
import { SqlBackend } from '@ormutex/core/sql'
import { checkClient, refuseClient } from './check-client.js'
import { clientMethods } from './client-methods.js'
import type { NamedLocksExtension } from './extension.js'
import { PrismaSource } from './prisma-source.js'

export * from '@ormutex/core'
export type { IsolationLevel } from './call-options.js'
export type {
  ClientMethod,
  MutexOptions,
  NamedLocksExtension,
  NoExtension,
  PrismaLocks,
  TransactionClientOf,
} from './extension.js'
export { labelled } from './labelled.js'
export { lockable } from './lockable.js'

/**
 * A Prisma client extension that adds named locks to a client for MySQL or MariaDB: `$mutex`, `$tryMutex`, `$acquireMutex`,
 * `$tryAcquireMutex`, `$mutexHolder`, `$mutexes`. For Prisma 7, and Prisma 6 with `engineType = "client"`, with
 * `@prisma/adapter-mariadb`; with an adapter that was made `lockable` it can do more.
 *
 * @param options `namespace` (default: the current database), `secret`, `defaults`, `maxWaiters`, `handOverMs`,
 *   `allowNodeLocalLocks`, `label`; see {@link NamedLocksOptions}
 * @throws {LockUnsupportedError} (`LOCK_UNSUPPORTED`) when it is attached to a client for another database
 * @throws {TypeError | RangeError} then, too, for a client that already has named locks, or wrong options
 * @example
 * const adapter = lockable(new PrismaMariaDb(process.env.DATABASE_URL!))
 * const prisma = new PrismaClient({ adapter }).$extends(namedLocks({ namespace: 'shop' }))
 * await prisma.$mutex('user:42', async (tx, lock) => {
 *   await tx.account.update({ where: { id: 42 }, data: { balance: { decrement: 10 } } })
 * }, { timeoutMs: 5_000 })
 */
export function namedLocks(options?: NamedLocksOptions): NamedLocksExtension {
  refuseClient(options)
  const extension = (value: unknown): unknown => {
    const client = checkClient(value)
    const source = new PrismaSource(client, () => engine.close())
    const engine = new LockEngine(new SqlBackend(source, options), options)
    return client.$extends({ name: 'ormutex', client: clientMethods(engine, source, client) })
  }
  return extension as NamedLocksExtension
}
