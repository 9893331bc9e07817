import { type LockedConnection, namedLocks } from '@ormutex/mysql2'
import { createPool, type RowDataPacket } from 'mysql2/promise'

const pool = createPool(process.env.DATABASE_URL!)
const locks = namedLocks(pool, { namespace: 'shop' })

/**
 * Does the next job of a tenant, unless another worker is at one of that tenant's.
 * @returns whether it did one
 */
async function workFor(tenant: string): Promise<boolean> {
  const attempt = await locks.tryWithNamedLock(`tenant:${tenant}`, async (connection) => {
    const [[job]] = await connection.execute<RowDataPacket[]>(
      'SELECT id FROM jobs WHERE tenant = ? AND done_by IS NULL ORDER BY id LIMIT 1',
      [tenant],
    )
    if (job === undefined) return false
    await perform(connection, job.id)
    await connection.execute('UPDATE jobs SET done_by = ? WHERE id = ?', [process.pid, job.id])
    return true
  })
  return attempt.acquired && attempt.value
}

/** One round: a job of each tenant that has any and is nobody else's. @returns how many it did */
async function round(): Promise<number> {
  const [tenants] = await pool.query<RowDataPacket[]>('SELECT DISTINCT tenant FROM jobs WHERE done_by IS NULL')
  let done = 0
  for (const { tenant } of tenants) if (await workFor(tenant)) done += 1
  return done
}

/** In an application: whatever a job is. What it writes on this connection is committed with the job's end. */
async function perform(connection: LockedConnection, job: number): Promise<void> {
  await connection.execute('INSERT INTO steps (job) VALUES (?)', [job])
}

await pool.query(`CREATE TABLE IF NOT EXISTS jobs (id INT AUTO_INCREMENT PRIMARY KEY,
  tenant VARCHAR(64) NOT NULL, done_by INT)`)
await pool.query('CREATE TABLE IF NOT EXISTS steps (id INT AUTO_INCREMENT PRIMARY KEY, job INT NOT NULL)')

// A worker of an application goes on for ever, and sleeps for a while after a round with nothing to do.
let total = 0
for (let done = await round(); done > 0; done = await round()) total += done

console.log(`${total} jobs done`)
await pool.end()
