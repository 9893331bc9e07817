import knex, { type Knex } from 'knex'
import type { Access } from '../access.js'
import { PATIENCE_MS } from './patient.js'

// What contenders on Knex have in common: the same work for all of them.

export function openKnex({ host, port, user, password, database }: Access, poolSize: number): Knex {
  return knex({
    client: 'mysql2',
    connection: { host, port, user, password, database },
    pool: { min: 0, max: poolSize },
    acquireConnectionTimeout: PATIENCE_MS,
  })
}

export async function increment(db: Knex, name: string): Promise<void> {
  await db('counters').where({ name }).increment('value', 1)
}

export async function readCounter(db: Knex, name: string): Promise<void> {
  await db('counters').where({ name }).first('value')
}
