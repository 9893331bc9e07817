import { type MemoryLocks, memoryLocks } from '@ormutex/core/memory'
import type { LockedConnection, Mysql2CallOptions, PoolLocks } from '@ormutex/mysql2'

export const statements: string[] = []
const query = async (sql: string): Promise<unknown> => [[{ balance: 100 }, statements.push(sql)]]

const memory: MemoryLocks<LockedConnection, Mysql2CallOptions> = memoryLocks({
  join: { option: 'connection' },
  transactionOptions: ['isolationLevel', 'readOnly'],
  transaction: (work) => {
    const connection = { query, execute: query } as object as LockedConnection // a new object for each transaction
    return work(Object.assign(connection, memory.joined(connection))) // so that it has connection.withNamedLock
  },
})
export const locks: PoolLocks = memory
