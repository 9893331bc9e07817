import type { JoinedLocks } from '@ormutex/core'
import { type MemoryLocks, memoryLocks } from '@ormutex/core/memory'

const fake = { account: { findUnique: async () => ({ id: 42, balance: 100 }) } }
type FakeTx = typeof fake & { $mutex: JoinedLocks<FakeTx>['withNamedLock'] }

const locks: MemoryLocks<FakeTx> = memoryLocks({
  transaction: (work) => {
    const tx = { ...fake } as FakeTx // a new object for each transaction
    tx.$mutex = locks.joined(tx).withNamedLock
    return work(tx)
  },
})
export const prisma = { ...fake, $mutex: locks.withNamedLock, $tryMutex: locks.tryWithNamedLock }
