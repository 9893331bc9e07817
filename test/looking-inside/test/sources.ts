import { createRequire } from 'node:module'
import { namedLocks as knexLocks } from '@ormutex/knex'
import { namedLocks as poolLocks } from '@ormutex/mysql2'
import { labelled, lockable, namedLocks as prismaLocks } from '@ormutex/prisma'
import { namedLocks as sequelizeLocks } from '@ormutex/sequelize'
import * as prisma6 from '@ormutex-test/prisma-6'
import * as prisma7 from '@ormutex-test/prisma-7'
import type { TestServer } from '@ormutex-test/servers'
import type { Lock, NamedLocksOptions } from '@ormutex/core'
import knex from 'knex'
import { createPool as createConnectorPool } from 'mariadb'
import { createPool } from 'mysql2/promise'
import { Sequelize } from 'sequelize'

/** Somebody's way to named locks, and whatever was opened for it. */
export interface Opened {
  acquire(name: string): Promise<Lock>
  close(): Promise<void>
}

type Open = (server: TestServer, options: NamedLocksOptions) => Opened

/** Every way in which an application tells an ORM or a driver where its database is. */
export const SOURCES: Readonly<Record<string, Open>> = {
  'a mysql2 pool': (server, options) => ofPool(createPool(settingsOf(server)), options),
  'a mysql2 pool of a URL': (server, options) => ofPool(createPool({ uri: server.url, connectionLimit: 2 }), options),
  'Knex with settings': (server, options) => ofKnex({ connection: settingsOf(server) }, options),
  'Knex with a URL': (server, options) => ofKnex({ connection: server.url }, options),
  'Knex with a function': (server, options) => ofKnex({ connection: () => settingsOf(server) }, options),
  'Knex with an async function whose settings may expire': (server, options) =>
    ofKnex({ connection: async () => ({ ...settingsOf(server), expirationChecker: () => false }) }, options),
  'Knex with a function whose settings are frozen': (server, options) => {
    const settings = Object.freeze(settingsOf(server))
    return ofKnex({ connection: () => settings }, options)
  },
  "Knex with the application's own pool": (server, options) => {
    const pool = createPool(settingsOf(server))
    const opened = ofKnex({ connectionPool: pool.pool }, options)
    return { ...opened, close: () => opened.close().then(() => pool.end()) }
  },
  'Sequelize on mysql2': (server, options) => ofSequelize(server, { dialect: 'mysql' }, options),
  'Sequelize with a URL': (server, options) =>
    closing(sequelizeLocks(new Sequelize(server.url, { logging: false }), options)),
  'Sequelize with replication': (server, options) => {
    const place = { ...settingsOf(server), username: server.user }
    return ofSequelize(server, { dialect: 'mysql', replication: { write: place, read: [place] } }, options)
  },
  'Sequelize on the mariadb connector': (server, options) => ofSequelize(server, { dialect: 'mariadb' }, options),
  'Sequelize on the mariadb connector 2': (server, options) =>
    ofSequelize(server, { dialect: 'mariadb', dialectModule: connector2 }, options),
  ...ofPrisma('Prisma 7', prisma7),
  ...ofPrisma('Prisma 6', prisma6 as unknown as typeof prisma7),
  "Prisma 7 with the application's own pool": (server, options) => {
    const pool = createConnectorPool(labelled(connectorSettingsOf(server), options))
    // The adapter's types are those of another version of the connector.
    const opened = clientOf(prisma7, new prisma7.PrismaMariaDb(pool as never), options)
    return { ...opened, close: () => opened.close().then(() => pool.end()) }
  },
}

/** The connector that Sequelize 6 itself is tested with. */
const connector2 = createRequire(import.meta.url)('mariadb-2') as object

function settingsOf({ host, port, user, password, database }: TestServer) {
  return { host, port, user, password, database }
}

/** The connector asks for the server's public key only when told to; MySQL's default accounts need it without TLS. */
function connectorSettingsOf(server: TestServer) {
  return { ...settingsOf(server), connectionLimit: 2, allowPublicKeyRetrieval: true }
}

function ofPool(pool: Parameters<typeof poolLocks>[0], options: NamedLocksOptions): Opened {
  const locks = poolLocks(pool, options)
  return { acquire: (name) => locks.acquireNamedLock(name), close: async () => pool.end() }
}

function ofKnex(config: object, options: NamedLocksOptions): Opened {
  const db = knexLocks(knex({ client: 'mysql2', pool: { min: 0, max: 2 }, ...config }), options)
  return { acquire: (name) => db.acquireNamedLock(name), close: () => db.destroy() }
}

function ofSequelize(server: TestServer, config: object, options: NamedLocksOptions): Opened {
  const { user: username, ...settings } = settingsOf(server)
  const isConnector = (config as { dialect: string }).dialect === 'mariadb'
  const dialectOptions = isConnector ? { dialectOptions: { allowPublicKeyRetrieval: true } } : {}
  const sequelize = new Sequelize({ ...settings, username, logging: false, ...dialectOptions, ...config })
  return closing(sequelizeLocks(sequelize, options))
}

function closing(sequelize: ReturnType<typeof sequelizeLocks>): Opened {
  return { acquire: (name) => sequelize.acquireNamedLock(name), close: () => sequelize.close() }
}

function ofPrisma(title: string, version: typeof prisma7): Record<string, Open> {
  const urlOf = ({ url }: TestServer): string => `${url}?connectionLimit=2&allowPublicKeyRetrieval=true`
  return {
    [`${title} with settings`]: (server, options) =>
      clientOf(version, new version.PrismaMariaDb(labelled(connectorSettingsOf(server), options)), options),
    [`${title} with a URL, lockable`]: (server, options) =>
      clientOf(version, lockable(new version.PrismaMariaDb(labelled(urlOf(server), options))), options),
  }
}

function clientOf(
  { PrismaClient }: typeof prisma7,
  adapter: prisma7.PrismaMariaDb,
  options: NamedLocksOptions,
): Opened {
  const prisma = new PrismaClient({ adapter }).$extends(prismaLocks(options))
  return { acquire: (name) => prisma.$acquireMutex(name), close: () => prisma.$disconnect() }
}
