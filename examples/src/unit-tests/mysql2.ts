import type { JoinedLocks } from '@ormutex/core'
import { type MemoryLocks, memoryLocks } from '@ormutex/core/memory'

const statements: string[] = []
const fake = { query: async (sql: string) => void statements.push(sql) }
type Fake = typeof fake & JoinedLocks<Fake>

export const locks: MemoryLocks<Fake> = memoryLocks({
  transaction: (work) => {
    const connection = { ...fake } as Fake // a new object for each transaction
    // So that it has connection.withNamedLock.
    return work(Object.assign(connection, locks.joined(connection)))
  },
})
