import { type LockingKnex, namedLocks as knexLocks } from '@ormutex/knex'
import { type LockedConnection, namedLocks as mysql2Locks } from '@ormutex/mysql2'
import { lockable, namedLocks as prismaLocks, type TransactionClientOf } from '@ormutex/prisma'
import { namedLocks as sequelizeLocks } from '@ormutex/sequelize'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import knex, { type Knex } from 'knex'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { DataTypes, type Model, Sequelize, type Transaction } from 'sequelize'
import { PrismaClient } from '../dist/generated/prisma/client.js'
import type { Database } from './database.js'

/** The balance of account 42, through one ORM, on the transaction that a callback was given or beside it. */
export interface Balance {
  read(): Promise<number>
  write(balance: number): Promise<unknown>
}

/** An ORM with locks, as somebody uses it who may be wrong. */
export interface Orm {
  /** On the ORM itself: what callbacks should not use. */
  readonly outside: Balance
  withLock<T>(name: string, work: (inside: Balance) => Promise<T>): Promise<T>
  /** A transaction with a lock that joins it, asked for when `before` has been done in it. */
  withJoinedLock<T>(
    name: string,
    before: (inside: Balance) => Promise<unknown>,
    work: (inside: Balance) => Promise<T>,
  ): Promise<T>
  close(): Promise<void>
}

export const ORMS: Readonly<Record<string, (database: Database) => Orm>> = {
  knex: openKnex,
  sequelize: openSequelize,
  prisma: openPrisma,
  mysql2: openMysql2,
}

function openKnex({ url }: Database): Orm {
  const db: LockingKnex<Knex> = knexLocks(knex({ client: 'mysql2', connection: url, pool: { min: 0, max: 4 } }))
  const on = (queries: Knex): Balance => ({
    read: async () => (await queries('accounts').where({ id: 42 }).first()).balance,
    write: async (balance) => await queries('accounts').where({ id: 42 }).update({ balance }),
  })
  return {
    outside: on(db),
    withLock: (name, work) => db.withNamedLock(name, (trx) => work(on(trx))) as never,
    withJoinedLock: (name, before, work) =>
      db.transaction(async (trx) => {
        await before(on(trx))
        return trx.withNamedLock(name, () => work(on(trx))) as never
      }),
    close: () => db.destroy(),
  }
}

function openSequelize({ url }: Database): Orm {
  const sequelize = sequelizeLocks(new Sequelize(url, { logging: false }))
  const accounts = sequelize.define<Model & { balance: number }>(
    'Account',
    { balance: DataTypes.INTEGER },
    { tableName: 'accounts', timestamps: false },
  )
  const on = (given: { transaction?: Transaction }): Balance => ({
    read: async () => (await accounts.findByPk(42, { ...given, rejectOnEmpty: true })).balance,
    write: (balance) => accounts.update({ balance }, { where: { id: 42 }, ...given }),
  })
  return {
    outside: on({}),
    withLock: (name, work) => sequelize.withNamedLock(name, (transaction) => work(on({ transaction }))) as never,
    withJoinedLock: (name, before, work) =>
      sequelize.transaction(async (transaction) => {
        await before(on({ transaction }))
        return sequelize.withNamedLock(name, () => work(on({ transaction })), { transaction }) as never
      }),
    close: () => sequelize.close(),
  }
}

function openPrisma({ prismaUrl }: Database): Orm {
  const adapter = lockable(new PrismaMariaDb(prismaUrl))
  const prisma = new PrismaClient({ adapter }).$extends(prismaLocks())
  const on = (client: Pick<TransactionClientOf<typeof prisma>, 'account'>): Balance => ({
    read: async () => (await client.account.findUniqueOrThrow({ where: { id: 42 } })).balance,
    write: async (balance) => await client.account.update({ where: { id: 42 }, data: { balance } }),
  })
  return {
    outside: on(prisma),
    withLock: (name, work) => prisma.$mutex(name, (tx) => work(on(tx))) as never,
    withJoinedLock: (name, before, work) =>
      prisma.$transaction(async (tx) => {
        await before(on(tx))
        return tx.$mutex(name, () => work(on(tx))) as never
      }),
    close: () => prisma.$disconnect(),
  }
}

function openMysql2({ url }: Database): Orm {
  const pool = createPool(url)
  const locks = mysql2Locks(pool)
  const on = (queries: Pick<LockedConnection, 'query'>): Balance => ({
    read: async () =>
      (await queries.query<RowDataPacket[]>('SELECT balance FROM accounts WHERE id = 42'))[0][0]!['balance'],
    write: (balance) => queries.query('UPDATE accounts SET balance = ? WHERE id = 42', [balance]),
  })
  return {
    outside: on(pool),
    withLock: (name, work) => locks.withNamedLock(name, (connection) => work(on(connection))) as never,
    withJoinedLock: (name, before, work) =>
      locks.withNamedLock(`around ${name}`, async (connection) => {
        await before(on(connection))
        return connection.withNamedLock(name, () => work(on(connection)))
      }) as never,
    close: () => pool.end(),
  }
}
