import { type MemoryLocks, memoryLocks, MemoryServer } from '@ormutex/core/memory'
import { systemClock } from '@ormutex/core'
import type { Harness } from '@ormutex/testkit'

/** A toy transaction: what it wrote is seen by others when it has committed. */
interface ToyTransaction {
  readonly writes: Map<string, number>
}

const server = new MemoryServer(systemClock)
const counters = new Map<string, number>()

/** The backend without a database, as the conformance suite drives it. */
export const harness: Harness<ToyTransaction> = {
  name: 'memory',
  capabilities: { server: false, joins: 'any' },
  async open({ namedLocks }) {
    const locks: MemoryLocks<ToyTransaction> = memoryLocks({
      ...namedLocks,
      server,
      transaction: async (work) => {
        const transaction = { writes: new Map<string, number>() }
        await work(transaction)
        for (const [name, value] of transaction.writes) counters.set(name, value)
      },
    })
    return {
      locks,
      joined: (transaction) => locks.joined(transaction),
      transaction: (work) => locks.transaction(work),
      savepoint: async (transaction, work) => {
        const before = new Map(transaction.writes)
        try {
          return await work(transaction)
        } catch (error) {
          transaction.writes.clear()
          for (const [name, value] of before) transaction.writes.set(name, value)
          throw error
        }
      },
      read: async (transaction, name) => transaction?.writes.get(name) ?? counters.get(name) ?? 0,
      write: async (transaction, name, value) => void (transaction?.writes ?? counters).set(name, value),
      query: () => Promise.reject(new Error('There is no database')),
      isolation: () => ({}),
      connectionsInUse: () => 0,
      killSession: async (sessionId) => server.endSession(sessionId),
      close: async () => {},
    }
  },
}
