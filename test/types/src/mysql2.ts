import type { Lock } from '@ormutex/core'
import { type LockedConnection, namedLocks } from '@ormutex/mysql2'
import { createPool as createCallbackPool } from 'mysql2'
import { createPool, type PoolConnection, type RowDataPacket } from 'mysql2/promise'
import { expectType, type Same } from './expect.js'

const locks = namedLocks(createPool({ uri: 'mysql://localhost' }))
export const others = namedLocks(createCallbackPool('mysql://localhost'), { label: 'worker' })

/** The callback's connection is mysql2's own in its promise form, and its result is the call's. */
const ids = locks.withNamedLock('user:42', async (connection) => {
  const own: PoolConnection = connection
  const [rows] = await own.query<RowDataPacket[]>('SELECT 1 AS id')
  return rows.map((row) => row['id'] as number)
})
expectType<Same<typeof ids, Promise<number[]>>>()

locks
  .withNamedLock('a', (connection) =>
    connection.withNamedLock('b', (same: LockedConnection, lock: Lock) => [same, lock]),
  )
  .catch(() => {})
locks
  .withNamedLock('a', (connection) => locks.tryWithNamedLock('b', () => 1, { connection }), {
    isolationLevel: 'SERIALIZABLE',
  })
  .catch(() => {})
// @ts-expect-error no level of MySQL's
locks.withNamedLock('a', () => 1, { isolationLevel: 'SNAPSHOT' }).catch(() => {})
// @ts-expect-error a single connection is no pool
namedLocks({ query: () => {} })
