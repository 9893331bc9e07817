import { namedLocks } from '@ormutex/mysql2'
import { createConnection as createCallbackConnection } from 'mysql2'
import { createConnection, createPool } from 'mysql2/promise'

const pool = createPool({ uri: 'mysql://localhost' })
const locks = namedLocks(pool)

/** Options of calls. */
await locks.withNamedLock('a', async () => 1, { /*! 'timeoutMs' */ timeoutMS: 5_000 })
await locks.withNamedLock('a', async () => 1, {
  /*! Type 'string' is not assignable to type 'number' */ timeoutMs: '5s',
})
await locks.withNamedLock('a', async () => 1, { /*! "SNAPSHOT" | "READ COMMITTED" */ isolationLevel: 'SNAPSHOT' })
await locks.withNamedLock('a', async () => 1, {
  /*! is not assignable to type 'LockedConnection' */ connection: await pool.getConnection(),
})
await locks.withNamedLock('a', (connection) =>
  connection.withNamedLock('b', () => 1, { /*! 'timeoutMs' */ timeoutMS: 5_000 }),
)

/** Names and callbacks. */
await locks.withNamedLock(/*! Argument of type 'number' */ 42, async () => 1)
await locks
  /*! Expected 2-3 arguments, but got 1 */ .withNamedLock('a')

/** Options of namedLocks(), and what has no locks. */
namedLocks(pool, { /*! 'namespace' */ namspace: 'shop' })
namedLocks(
  /*! Argument of type 'Connection' is not assignable to parameter of type 'Pool */ await createConnection(
    'mysql://localhost',
  ),
)
namedLocks(
  /*! Argument of type 'Connection' is not assignable to parameter of type 'Pool */ createCallbackConnection(
    'mysql://localhost',
  ),
)
