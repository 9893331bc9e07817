import type { PoolConnection, RowDataPacket } from 'mysql2/promise'
import { CALLBACK } from './recorder.js'
import { LOCK, readBalance, type Stage, withdraw } from './stage.js'

/** Two withdrawals under ormutex: the second one asks while the first one is in its callback. */
export async function rightOrder({ locks: [one, other], recorder, waiterAtTheServer }: Stage): Promise<void> {
  let second: Promise<void> | undefined
  const first = one.withNamedLock(LOCK, async (connection) => {
    recorder.note(0, CALLBACK)
    const balance = await readBalance(connection)
    second = other.withNamedLock(LOCK, async (later) => {
      recorder.note(1, CALLBACK)
      await withdraw(later, await readBalance(later))
    })
    await waiterAtTheServer()
    await withdraw(connection, balance)
  })
  await first
  await second
}

/**
 * The same by hand, with a lock that is released before COMMIT. That the second one reads before the first one has committed is
 * a matter of luck in an application; here the first one waits for it.
 */
export async function wrongOrder({ pools: [one, other], waiterAtTheServer }: Stage): Promise<void> {
  const [first, second] = await Promise.all([one.getConnection(), other.getConnection()])
  try {
    await getLock(first)
    await first.query('BEGIN')
    const balance = await readBalance(first)
    const granted = getLock(second)
    await waiterAtTheServer()
    await withdraw(first, balance)
    await releaseLock(first)
    await granted
    await second.query('BEGIN')
    const old = await readBalance(second)
    await first.query('COMMIT')
    await withdraw(second, old)
    await releaseLock(second)
    await second.query('COMMIT')
  } finally {
    first.release()
    second.release()
  }
}

async function getLock(connection: PoolConnection): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, 10) AS granted', [LOCK])
  if ((rows[0] as { granted: number }).granted !== 1)
    throw new Error(`GET_LOCK was not granted: ${JSON.stringify(rows)}`)
}

async function releaseLock(connection: PoolConnection): Promise<void> {
  await connection.query('SELECT RELEASE_LOCK(?) AS released', [LOCK])
}
