import { lockable, namedLocks, type NamedLocksOptions, type TransactionClientOf } from '@ormutex/prisma'
import type { TestServer } from '@ormutex-test/servers'
import type { PrismaMariaDb } from '@prisma/adapter-mariadb'
import type { PoolConfig } from 'mariadb'
import type { PrismaVersion } from './versions.js'

/** Whether the adapter was made lockable. */
export type AdapterKind = 'lockable' | 'plain'

/** The connector's settings for a server. */
export function configFor(
  { host, port, user, password, database }: Pick<TestServer, 'host' | 'port' | 'user' | 'password' | 'database'>,
  poolSize = 5,
): PoolConfig {
  // The connector asks for the server's public key only when told to; MySQL's default accounts need it without TLS.
  return { host, port, user, password, database, connectionLimit: poolSize, allowPublicKeyRetrieval: true }
}

/** A client with named locks. */
export type LockingClient = ReturnType<typeof clientOn>

/** What the callbacks of its calls get. */
export type LockingTransaction = TransactionClientOf<LockingClient>

/** A client with named locks on an adapter. */
export function clientOn(
  { PrismaClient }: PrismaVersion,
  adapter: PrismaMariaDb,
  kind: AdapterKind,
  options?: NamedLocksOptions,
) {
  return new PrismaClient({ adapter: kind === 'lockable' ? lockable(adapter) : adapter }).$extends(namedLocks(options))
}
