import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../clock.js'
import type { Client } from '../contender.js'

export interface BesideOrder {
  contender: string
  name: string
  /** How many calls wait for the name while the queries run. */
  waiters: number
  forMs: number
  /** Milliseconds of queries before it is the other case's turn. */
  blockMs: number
}

/** Milliseconds of every query: with nobody waiting, and with all of them waiting. */
export interface BesideResult {
  idle: Float64Array
  waiting: Float64Array
}

/** Long enough for whatever a call does at first. */
const SETTLING_MS = 100

/** The row that is read; nobody writes it. */
const ROW = 'read'

/** Ordinary queries on a pool, in turns with nobody and with many waiting on it for a name that this same pool has. */
export async function beside(clientOf: (id: string) => Client, order: BesideOrder): Promise<BesideResult> {
  const client = clientOf(order.contender)
  if (client.read === undefined) throw new Error(`${order.contender} reads nothing`)
  const queries = async (into: number[], forMs: number): Promise<void> => {
    const endAt = now() + forMs
    while (now() < endAt) {
      const startedAt = now()
      await client.read?.(ROW)
      into.push(now() - startedAt)
    }
  }
  const idle: number[] = []
  const waiting: number[] = []
  await queries([], order.blockMs)
  for (const endAt = now() + order.forMs; now() < endAt;) {
    await queries(idle, order.blockMs)
    const holder = await client.acquire(order.name)
    const calls = Array.from({ length: order.waiters }, async () => (await client.acquire(order.name)).release())
    await sleep(SETTLING_MS)
    await queries(waiting, order.blockMs)
    await holder.release()
    await Promise.all(calls)
  }
  return { idle: Float64Array.from(idle), waiting: Float64Array.from(waiting) }
}
