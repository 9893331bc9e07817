import { namedLocks } from '@ormutex/mysql2'
import { createPool } from 'mysql2/promise'

const locks = /*? a mysql2 pool of either kind | @throws | @example */ namedLocks(
  createPool({ uri: 'mysql://localhost' }),
  {
    /*? @default the current database */ namespace: 'shop',
  },
)

await locks
  /*? pins a connection | LOCK_TIMEOUT | @example */ .withNamedLock(
    'user:42',
    async (connection) => {
      await connection
        /*? joins this transaction */ .withNamedLock('b', () => 1)
      await locks.withNamedLock('c', () => 1, {
        /*? joins its transaction | LOCK_NO_TRANSACTION | @default none */ connection,
      })
    },
    {
      /*? milliseconds | @default 10000 */ timeoutMs: 5_000,
      /*? kept apart from others | @default the session's */ isolationLevel: 'SERIALIZABLE',
      /*? may only read | @default false */ readOnly: true,
    },
  )
