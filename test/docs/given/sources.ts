// The applications that the pages speak of.
import { namedLocks as knexLocks } from '@ormutex/knex'
import { namedLocks as mysql2Locks } from '@ormutex/mysql2'
import { lockable, namedLocks as prismaLocks } from '@ormutex/prisma'
import { PrismaClient } from '@ormutex-test/prisma-7'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import knex from 'knex'
import { createPool } from 'mysql2/promise'
import { type CreationOptional, type InferAttributes, type InferCreationAttributes, Model } from 'sequelize'

export const config = { client: 'mysql2', connection: process.env['DATABASE_URL'] ?? '' } satisfies knex.Knex.Config
export const db = knexLocks(knex(config))

export class Account extends Model<InferAttributes<Account>, InferCreationAttributes<Account>> {
  declare id: CreationOptional<number>
  declare owner: string
  declare balance: number
}

export const prisma = new PrismaClient({ adapter: lockable(new PrismaMariaDb(config.connection)) }).$extends(
  prismaLocks(),
)

export const pool = createPool(config.connection)
export const locks = mysql2Locks(pool)
