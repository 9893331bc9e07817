import { setTimeout as sleep } from 'node:timers/promises'
import type { Application, OpenTransaction } from './application.js'
import { now } from './clock.js'
import type { Operation } from './operation.js'

/** Whether the work is done under the lock. */
export type Way = 'with lock' | 'without lock'

const SHORTEST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 4

/** Adds 1 to an account in a transaction of its own, and tells when it did what. */
export async function increment(application: Application, way: Way, id: number): Promise<Operation> {
  const askedAt = now()
  const operation: Operation = { askedAt, enteredAt: askedAt, committedAt: 0, read: 0 }
  const work = async (transaction: OpenTransaction): Promise<void> => {
    if (way === 'with lock') operation.enteredAt = now()
    operation.read = await addOne(transaction, id)
  }
  await application.transaction(way === 'with lock' ? `user:${id}` : null, work, () => {
    operation.committedAt = now()
  })
  return operation
}

/** Reads, thinks for a moment, writes back what it read plus 1: right only for one at a time. Answers what it read. */
async function addOne(transaction: OpenTransaction, id: number): Promise<number> {
  const balance = await transaction.readBalance(id)
  await sleep(SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS))
  await transaction.setBalance(id, balance + 1)
  return balance
}
