import { namedLocks } from '@ormutex/knex'
import knex, { type Knex } from 'knex'

const config = { client: 'mysql2', connection: process.env.DATABASE_URL! }
const db = namedLocks(knex(config), { namespace: 'shop' })

/** Every migration by its name, in their order. Stands here for a directory of files. */
const migrations: Record<string, Knex.Migration> = {
  '2026-11-01-budgets': {
    up: (trx) =>
      trx.schema.createTable('budgets', (table) => {
        table.increments()
        table.integer('amount').notNullable()
      }),
    down: (trx) => trx.schema.dropTable('budgets'),
  },
  '2026-11-02-first-budget': {
    up: (trx) => trx('budgets').insert({ amount: 100 }),
    down: (trx) => trx('budgets').delete(),
  },
}

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(migrations),
  getMigrationName: (name) => name,
  getMigration: async (name) => migrations[name]!,
}

async function migrate(): Promise<void> {
  await using lock = await db.acquireNamedLock('deploy', { timeoutMs: 10 * 60_000 })
  const [, applied] = await db.migrate.latest({ migrationSource })
  lock.signal.throwIfAborted()
  console.log(applied.length === 0 ? 'Nothing to migrate' : `Migrated: ${applied.join(', ')}`)
}

await migrate()
console.log('Starting')
await db.destroy()
