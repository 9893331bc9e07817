import { now } from '../clock.js'
import type { Client } from '../contender.js'

export interface CompareOrder {
  /** Who is compared, by id. */
  pair: readonly [string, string]
  work: 'acquire' | 'update'
  name: string
  /** Operations of one before it is the other's turn. */
  block: number
  forMs: number
}

/** Milliseconds of every operation, of one and of the other. */
export type CompareResult = [Float64Array, Float64Array]

const nothing = (): void => {}
const NO_SECTION = { entered: nothing, left: nothing }

/** Two take turns in one process, in short blocks, so that whatever else the machine does meets both. */
export async function compare(clientOf: (id: string) => Client, order: CompareOrder): Promise<CompareResult> {
  const once = order.work === 'acquire' ? acquireOnce : updateOnce
  const [one, other] = order.pair.map((id) => ({ client: clientOf(id), times: [] as number[] })) as [Side, Side]
  const endAt = now() + order.forMs
  // Whoever comes second in a pair of blocks comes first in the next.
  for (let turn = 0; turn < 2 || now() < endAt; turn += 1) {
    for (const { client, times } of turn % 2 === 0 ? [one, other] : [other, one]) {
      for (let done = 0; done < order.block; done += 1) {
        const startedAt = now()
        await once(client, order.name)
        times.push(now() - startedAt)
      }
    }
  }
  return [Float64Array.from(one.times), Float64Array.from(other.times)]
}

interface Side {
  client: Client
  times: number[]
}

async function acquireOnce(client: Client, name: string): Promise<void> {
  const held = await client.acquire(name)
  await held.release()
}

function updateOnce(client: Client, name: string): Promise<void> {
  return client.update(name, NO_SECTION)
}
