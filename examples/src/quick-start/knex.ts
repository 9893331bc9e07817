import { namedLocks } from '@ormutex/knex'
import knex from 'knex'

const config = { client: 'mysql2', connection: process.env.DATABASE_URL! }
const db = namedLocks(knex(config), { namespace: 'shop' })

const balance = await db.withNamedLock('account:42', async (trx) => {
  const account = await trx('accounts').where({ id: 42 }).first()
  const left = account.balance - 10
  await trx('accounts').where({ id: 42 }).update({ balance: left })
  return left
})

console.log(`${balance} left`)
await db.destroy()
