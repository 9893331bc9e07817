import { PrismaClient, PrismaMariaDb } from '@ormutex-test/prisma-7'
import type { TestServer } from '@ormutex-test/servers'
import type { Lock, NamedLocksOptions } from '@ormutex/core'
import { namedLocks as onKnex } from '@ormutex/knex'
import { namedLocks as onMysql2 } from '@ormutex/mysql2'
import { lockable, namedLocks as onPrisma } from '@ormutex/prisma'
import { namedLocks as onSequelize } from '@ormutex/sequelize'
import knex from 'knex'
import { createPool } from 'mysql2/promise'
import { Sequelize } from 'sequelize'

/** Sends a statement in the transaction under the lock. */
export type Send = (sql: string) => Promise<unknown>

/** What a callback does under a lock. */
export type Section<T> = (send: Send, lock: Pick<Lock, 'signal'>) => Promise<T>

/** An application that takes locks with one of the adapters. */
export interface LockingClient {
  withLock<T>(name: string, section: Section<T>): Promise<T>
  close(): Promise<unknown>
}

type Open = (server: TestServer, options?: NamedLocksOptions) => LockingClient

const POOL_SIZE = 5

function openMysql2({ url }: TestServer, options?: NamedLocksOptions): LockingClient {
  const pool = createPool({ uri: url, connectionLimit: POOL_SIZE })
  const locks = onMysql2(pool, options)
  return {
    withLock: (name, section) => locks.withNamedLock(name, (trx, lock) => section((sql) => trx.query(sql), lock)),
    close: () => pool.end(),
  }
}

function openKnex({ url }: TestServer, options?: NamedLocksOptions): LockingClient {
  const db = onKnex(knex({ client: 'mysql2', connection: url, pool: { min: 0, max: POOL_SIZE } }), options)
  return {
    withLock: (name, section) =>
      db.withNamedLock(name, (trx, lock) => section(async (sql) => await trx.raw(sql), lock)),
    close: () => db.destroy(),
  }
}

function openSequelize({ url }: TestServer, options?: NamedLocksOptions): LockingClient {
  const sequelize = onSequelize(new Sequelize(url, { logging: false, pool: { max: POOL_SIZE } }), options)
  return {
    withLock: (name, section) =>
      sequelize.withNamedLock(name, (transaction, lock) =>
        section((sql) => sequelize.query(sql, { transaction }), lock),
      ),
    close: () => sequelize.close(),
  }
}

function openPrisma(server: TestServer, options?: NamedLocksOptions): LockingClient {
  const { host, port, user, password, database } = server
  const access = { host, port, user, password, database }
  // The connector asks for the server's public key only when told to; MySQL's default accounts need it without TLS.
  const adapter = new PrismaMariaDb({ ...access, connectionLimit: POOL_SIZE, allowPublicKeyRetrieval: true })
  const prisma = new PrismaClient({ adapter: lockable(adapter) }).$extends(onPrisma(options))
  return {
    withLock: (name, section) => prisma.$mutex(name, (tx, lock) => section((sql) => tx.$executeRawUnsafe(sql), lock)),
    close: () => prisma.$disconnect(),
  }
}

/** Every adapter, by its name. */
export const ADAPTERS = {
  mysql2: openMysql2,
  knex: openKnex,
  sequelize: openSequelize,
  prisma: openPrisma,
} as const satisfies Record<string, Open>

export type AdapterName = keyof typeof ADAPTERS

export const ADAPTER_NAMES = Object.keys(ADAPTERS) as AdapterName[]

/** Runs a test with a client of each adapter on a server, and closes them afterwards. */
export async function withClients<T>(
  server: TestServer,
  options: NamedLocksOptions | undefined,
  test: (clients: Record<AdapterName, LockingClient>) => Promise<T>,
): Promise<T> {
  const clients = Object.fromEntries(ADAPTER_NAMES.map((name) => [name, ADAPTERS[name](server, options)])) as Record<
    AdapterName,
    LockingClient
  >
  try {
    return await test(clients)
  } finally {
    await Promise.all(Object.values(clients).map((client) => client.close()))
  }
}
