import { namedLocks, type LockingKnex } from '@ormutex/knex'
import knex, { type Knex } from 'knex'

/** How to reach the database. */
export interface Access {
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** The row that everybody works on. */
export const SHARED_ACCOUNT = 42

interface Account {
  id: number
  balance: number
}

export function connect({ host, port, user, password, database }: Access): LockingKnex<Knex> {
  const connection = { host, port, user, password, database }
  return namedLocks(knex({ client: 'mysql2', connection, pool: { min: 0, max: 2 } }))
}

/** Makes the table with the shared account and one account per process, to warm up on. */
export async function createAccounts(db: Knex, processes: number): Promise<void> {
  await db.schema.createTable('accounts', (table) => {
    table.integer('id').primary()
    table.integer('balance').notNullable()
  })
  const ids = [SHARED_ACCOUNT, ...Array.from({ length: processes }, (_, index) => ownAccount(index))]
  await db<Account>('accounts').insert(ids.map((id) => ({ id, balance: 0 })))
}

/** The account that only one process works on. */
export function ownAccount(index: number): number {
  return 1_000 + index
}

export async function setBalance(db: Knex, id: number, balance: number): Promise<void> {
  await db<Account>('accounts').where({ id }).update({ balance })
}

export async function readBalance(db: Knex, id: number): Promise<number> {
  const account = await db<Account>('accounts').where({ id }).first('balance')
  if (account === undefined) throw new Error(`There is no account ${id}`)
  return account.balance
}
