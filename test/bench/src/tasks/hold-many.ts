import { now } from '../clock.js'
import type { Client, Held } from '../contender.js'
import { countFailure, type Failures } from '../failures.js'
import { settledHeap } from './settled-heap.js'

export interface HoldManyOrder {
  contender: string
  /** How many names are to be held before each measurement, in ascending order. */
  counts: readonly number[]
  /** How many more are taken and given back to see what one costs. */
  probes: number
  /** Longest wait for one of them, in milliseconds: past it there is no more to be had. */
  patienceMs: number
}

/** What holding so many names costs. */
export interface HeldCount {
  count: number
  /** Milliseconds for one more, taken and given back, of each probe. */
  oneMore: Float64Array
  /** Bytes of heap for each of them. */
  heapBytes: number
}

export interface HoldManyResult {
  counts: HeldCount[]
  /** How many could be held, when it ended before it was to. */
  endedAt: number | null
  failures: Failures
}

/** Different names are held at once, more and more of them, and none is given back before the end. */
export async function holdMany(clientOf: (id: string) => Client, order: HoldManyOrder): Promise<HoldManyResult> {
  const client = clientOf(order.contender)
  const held: Held[] = []
  const result: HoldManyResult = { counts: [], endedAt: null, failures: {} }
  const take = (name: string): Promise<Held> => inTime(client.acquire(name), order.patienceMs)
  try {
    await (await take('held:before')).release()
    const before = await settledHeap()
    for (const count of order.counts) {
      while (held.length < count) held.push(await take(`held:${held.length}`))
      const heapBytes = ((await settledHeap()) - before) / count
      const oneMore: number[] = []
      for (let probe = 0; probe < order.probes; probe += 1) {
        const startedAt = now()
        await (await take(`one more:${probe}`)).release()
        oneMore.push(now() - startedAt)
      }
      result.counts.push({ count, oneMore: Float64Array.from(oneMore), heapBytes })
    }
  } catch (error) {
    result.endedAt = held.length
    countFailure(result.failures, error)
  }
  for (const lock of held) await lock.release()
  return result
}

class NoMore extends Error {
  readonly code = 'NO_MORE'
}

/** What is granted too late is given back. */
async function inTime(acquiring: Promise<Held>, patienceMs: number): Promise<Held> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoMore(`Not granted in ${patienceMs} ms`)), patienceMs)
  })
  try {
    return await Promise.race([acquiring, tooLate])
  } catch (error) {
    acquiring.then((late) => late.release()).catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
  }
}
