import { namedLocks } from '@ormutex/knex'
import knex, { type Knex } from 'knex'

const config = { client: 'mysql2', connection: process.env.DATABASE_URL! }
const db = namedLocks(knex(config), { namespace: 'shop' })

/** Every migration by its name, in their order. Stands here for a directory of files. */
const migrations: Record<string, Knex.Migration> = {
  '2026-11-01-accounts': {
    up: (trx) =>
      trx.schema.createTable('accounts', (table) => {
        table.increments()
        table.integer('balance').notNullable()
      }),
    down: (trx) => trx.schema.dropTable('accounts'),
  },
  '2026-11-02-opening-balance': {
    up: (trx) => trx('accounts').insert({ balance: 100 }),
    down: (trx) => trx('accounts').delete(),
  },
}

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(migrations),
  getMigrationName: (name) => name,
  getMigration: async (name) => migrations[name]!,
}

async function migrate(): Promise<void> {
  await using lock = await db.acquireNamedLock('migrate', { timeoutMs: 10 * 60_000 })
  const [, applied] = await db.migrate.latest({ migrationSource })
  lock.signal.throwIfAborted()
  console.log(applied.length === 0 ? 'Nothing to migrate' : `Migrated: ${applied.join(', ')}`)
}

await migrate()
console.log('Starting')
await db.destroy()
