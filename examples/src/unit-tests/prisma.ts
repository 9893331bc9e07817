import type { JoinedLocks } from '@ormutex/core'
import { type MemoryLocks, memoryLocks } from '@ormutex/core/memory'
import type { MutexOptions } from '@ormutex/prisma'

const fake = { account: { findUnique: async () => ({ id: 42, balance: 100 }) } }
type Joined = JoinedLocks<FakeTx>
type FakeTx = typeof fake & { $mutex: Joined['withNamedLock']; $tryMutex: Joined['tryWithNamedLock'] }

const locks: MemoryLocks<FakeTx, Pick<MutexOptions, 'isolationLevel'>> = memoryLocks({
  transactionOptions: ['isolationLevel'],
  transaction: (work) => {
    const tx = { ...fake } as FakeTx // a new object for each transaction
    const { withNamedLock: $mutex, tryWithNamedLock: $tryMutex } = locks.joined(tx)
    return work(Object.assign(tx, { $mutex, $tryMutex }))
  },
})
export const prisma = {
  ...fake,
  $transaction: locks.transaction,
  $mutex: locks.withNamedLock,
  $tryMutex: locks.tryWithNamedLock,
  $acquireMutex: locks.acquireNamedLock,
  $tryAcquireMutex: locks.tryAcquireNamedLock,
  $mutexHolder: locks.namedLockHolder,
  $mutexes: locks.listNamedLocks,
}
