import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../clock.js'
import type { Client, Held } from '../contender.js'
import { settledHeap } from './settled-heap.js'

export interface QueueOrder {
  contender: string
  work: 'acquire' | 'update'
  name: string
  /** How many ask at once. */
  waiters: number
  /** How often that is done. */
  times: number
}

/** Milliseconds for each waiter: of each time, from the first grant to the last, and from the first call to the last end. */
export interface QueueResult {
  betweenGrants: Float64Array
  altogether: Float64Array
}

/** Many ask for one name at the same moment, in one process; each lets go as soon as it was let in. */
export async function queue(clientOf: (id: string) => Client, order: QueueOrder): Promise<QueueResult> {
  const client = clientOf(order.contender)
  const betweenGrants: number[] = []
  const altogether: number[] = []
  for (let time = 0; time < order.times; time += 1) {
    let first = 0
    let last = 0
    const granted = (): void => {
      last = now()
      if (first === 0) first = last
    }
    const once = order.work === 'acquire' ? acquireOnce : updateOnce
    const askedAt = now()
    await Promise.all(Array.from({ length: order.waiters }, () => once(client, order.name, granted)))
    altogether.push((now() - askedAt) / order.waiters)
    betweenGrants.push((last - first) / Math.max(1, order.waiters - 1))
  }
  return { betweenGrants: Float64Array.from(betweenGrants), altogether: Float64Array.from(altogether) }
}

async function acquireOnce(client: Client, name: string, granted: () => void): Promise<void> {
  const held = await client.acquire(name)
  granted()
  await held.release()
}

function updateOnce(client: Client, name: string, granted: () => void): Promise<void> {
  return client.update(name, { entered: granted, left: () => {} })
}

/** Long enough for whatever a call does at first. */
const SETTLING_MS = 200

/** Bytes of heap for each call that waits, its promise included. */
export async function queueMemory(
  clientOf: (id: string) => Client,
  { contender, name, waiters }: Pick<QueueOrder, 'contender' | 'name' | 'waiters'>,
): Promise<number> {
  const client = clientOf(contender)
  const holder = await client.acquire(name)
  const calls = Array.from<Promise<Held>>({ length: waiters })
  const before = await settledHeap()
  for (let index = 0; index < waiters; index += 1) calls[index] = client.acquire(name)
  await sleep(SETTLING_MS)
  const bytes = ((await settledHeap()) - before) / waiters
  await holder.release()
  await Promise.all(calls.map(async (call) => (await call).release()))
  return bytes
}
