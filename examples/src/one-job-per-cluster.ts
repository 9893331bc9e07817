import { type LockingTransaction, namedLocks } from '@ormutex/knex'
import knex from 'knex'

const config = { client: 'mysql2', connection: process.env.DATABASE_URL! }
const db = namedLocks(knex(config), { namespace: 'shop' })

/** Does a job for this period, unless that was done or is being done by another host. */
async function once(job: string, period: string, work: (trx: LockingTransaction) => Promise<void>) {
  const attempt = await db.tryWithNamedLock(`job:${job}`, async (trx) => {
    const last = await trx('job_runs').where({ job }).first()
    if (last?.period === period) return 'done before'
    await work(trx)
    await trx('job_runs').insert({ job, period }).onConflict('job').merge()
    return 'done'
  })
  return attempt.acquired ? attempt.value : 'being done elsewhere'
}

await db.raw('CREATE TABLE IF NOT EXISTS job_runs (job VARCHAR(64) PRIMARY KEY, period VARCHAR(32) NOT NULL)')
await db.raw(`CREATE TABLE IF NOT EXISTS sent_invoices (id INT AUTO_INCREMENT PRIMARY KEY,
  day VARCHAR(32) NOT NULL)`)

// What cron starts at three in the morning, on every host.
const day = new Date().toISOString().slice(0, 10)
const outcome = await once('invoices', day, async (trx) => {
  await trx('sent_invoices').insert({ day })
})

console.log(`invoices of ${day}: ${outcome}`)
await db.destroy()
