import { type Bench } from './bench.js'
import { now } from './clock.js'
import type { Contender } from './contender.js'
import { distributionOf } from './distribution.js'
import { failureValues, type Failures, sumOfFailures } from './failures.js'
import { type Operation, operationsIn, overlapIn } from './operations.js'
import type { Samples } from './samples.js'
import type { ContendOrder, ContendResult } from './tasks/contend.js'
import type { Worker } from './workers.js'

/** What everybody wants. */
const NAME = 'busy'

export const PROCESSES = 2

/** Enough for the order to reach every process, so that all start at the same moment. */
const START_DELAY_MS = 50

/** For who waits at the end: each is let in and counted. */
const LAST_ONES_MS = 130_000

/** Connections are opened and the code has been compiled by then. */
const WARM_UP_SECONDS = 0.3
const WARM_UP_CONTENDERS = 8

export interface Contention {
  contender: Contender
  work: ContendOrder['work']
  /** How many contend in each process: one measurement each, and how long it takes. */
  runs: readonly { contenders: number; seconds: number }[]
  round: number
}

/** Processes that contend for one name, with one contender, as often as there are runs. */
export async function measureContention(
  bench: Bench,
  { contender, work, runs, round }: Contention,
  samples: Samples,
): Promise<void> {
  await bench.withWorkers(PROCESSES, [contender.id], async (workers) => {
    const run = (contenders: number, seconds: number, lingers: boolean): Promise<Run> =>
      contendOnce(bench, workers, { contender, work, contenders, seconds, lingers })
    await run(WARM_UP_CONTENDERS, WARM_UP_SECONDS, true)
    for (const { contenders, seconds } of runs) {
      const values = valuesOf(await run(contenders, seconds, false), seconds)
      samples.add({ contender: contender.id, variant: String(contenders), round, values })
    }
  })
}

interface Run {
  /** Of each process. */
  operations: Operation[][]
  failures: Failures[]
  endAt: number
}

async function contendOnce(
  bench: Bench,
  workers: readonly Worker[],
  {
    contender,
    seconds,
    ...order
  }: Pick<ContendOrder, 'work' | 'contenders' | 'lingers'> & { contender: Contender; seconds: number },
): Promise<Run> {
  const isOnDatabase = !contender.needs.includes('postgresql')
  const before = await bench.database.counter(NAME)
  const startAt = now() + START_DELAY_MS
  const endAt = startAt + seconds * 1_000
  const results: ContendResult[] = await Promise.all(
    workers.map((worker) =>
      worker.run(
        'contend',
        { ...order, contender: contender.id, name: NAME, startAt, endAt },
        seconds * 1_000 + LAST_ONES_MS,
      ),
    ),
  )
  const operations = results.map((result) => operationsIn(result.operations))
  const all = operations.flat()
  const failures = results.map((result) => result.failures)
  const failed = failures.reduce((sum, one) => sum + sumOfFailures(one), 0)
  refuseOverlaps(contender, all)
  if (order.work === 'update' && isOnDatabase) {
    const committed = (await bench.database.counter(NAME)) - before
    if (committed < all.length || committed > all.length + failed)
      throw new Error(`${contender.name}: ${all.length} transactions were reported, but ${committed} were committed`)
  }
  if (all.length === 0) throw new Error(`${contender.name}: nobody was let in, and ${failed} failed`)
  return { operations, failures, endAt }
}

function refuseOverlaps({ name }: Contender, operations: readonly Operation[]): void {
  const overlap = overlapIn(operations)
  if (overlap === undefined) return
  const [first, second] = overlap
  const ms = (first.left - second.entered).toFixed(3)
  throw new Error(`The lock of ${name} has failed: two were inside at once, for ${ms} ms or more`)
}

function valuesOf({ operations, failures, endAt }: Run, seconds: number): Record<string, number> {
  const all = operations.flat()
  const counts = operations.map((own) => own.filter(({ done }) => done <= endAt).length)
  const inTime = counts.reduce((sum, count) => sum + count, 0)
  const latencies = distributionOf(all.map(({ asked, done }) => done - asked))
  return {
    perSecond: inTime / seconds,
    ...latencies,
    ...failureValues(failures),
    /** Per cent of the grants that the process with the fewest had. */
    leastShare: (Math.min(...counts) / Math.max(1, inTime)) * 100,
  }
}
