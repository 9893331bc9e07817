import { DataTypes, type Model, type ModelStatic, Sequelize, type Transaction } from 'sequelize'
import type { Access } from '../access.js'
import { PATIENCE_MS } from './patient.js'

// What contenders on Sequelize have in common: the same work for all of them.

interface Counter {
  readonly name: string
  readonly value: number
}

export type Counters = ModelStatic<Model<Counter, Counter>>

export function openSequelize({ host, port, user, password, database }: Access, poolSize: number): Sequelize {
  return new Sequelize({
    dialect: 'mysql',
    host,
    port,
    username: user,
    password,
    database,
    logging: false,
    pool: { max: poolSize, acquire: PATIENCE_MS },
  })
}

export function defineCounters(sequelize: Sequelize): Counters {
  return sequelize.define(
    'counter',
    { name: { type: DataTypes.STRING(64), primaryKey: true }, value: DataTypes.INTEGER },
    { tableName: 'counters', timestamps: false },
  )
}

export async function increment(counters: Counters, name: string, transaction: Transaction): Promise<void> {
  await counters.increment('value', { by: 1, where: { name }, transaction })
}

export async function readCounter(counters: Counters, name: string): Promise<void> {
  await counters.findByPk(name, { attributes: ['value'], raw: true })
}
