import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, rotated } from '../bench.js'
import { now } from '../clock.js'
import type { Contender } from '../contender.js'
import { contender } from '../contenders/catalog.js'
import { POLLING } from '../contenders/packages.js'
import { distributionOf } from '../distribution.js'
import { duration, spreadText, wholeNumber } from '../report/figures.js'
import { judgeRatio, type Limit, limitText } from '../report/judge.js'
import type { Section, Target } from '../report/section.js'
import type { Samples } from '../samples.js'
import type { Scenario } from '../scenario.js'
import type { Worker } from '../workers.js'
import { PAIRS } from './pairs.js'

const { name: ORM, ours: OURS, byHand: BY_HAND } = PAIRS[0]
const LIMITS = { byHand: { most: 1.3 }, polling: { most: 1 / 50 } }
const QUEUED = [OURS, BY_HAND, 'for-update', 'advisory-lock']

const NAME = 'busy'

/** How long the holder goes on after the other one has asked: enough for that to have reached the server. */
const LEAST_HOLD_MS = 3
const LEAST_HAND_OVERS = 10
const MOST_FAILURES = 10
const WARM_UPS_MS = 300
const TIMEOUT_MS = 30_000

export const handOver: Scenario = {
  id: 'hand-over',
  title: 'From one process to another',
  contenders: [...QUEUED, ...POLLING],

  async run(bench, samples, log) {
    for (let round = 0; round < bench.rounds; round += 1) {
      for (const id of rotated(this.contenders, round)) {
        const { times, failed } = await measureHandOvers(bench, contender(id))
        const values = { ...distributionOf(times), count: times.length, failed }
        samples.add({ contender: id, variant: '', round, values })
      }
      log(`round ${round + 1} of ${bench.rounds} is done`)
    }
  },

  section: (samples) => ({
    title: handOver.title,
    text: [
      'One process has the lock and the only one that waits for it is in another process. From just before `release()` is ' +
        'called in the one until the other has the grant, by a clock that both share. Then they change places.',
      'The moment of the release is a random one of the sleep of those who ask again and again.',
    ],
    targets: targets(samples),
    tables: [
      {
        caption: 'from the call of release to the grant',
        head: ['', 'p50', 'p99', 'longest', 'hand-overs', 'failed'],
        rows: handOver.contenders.map((id) => {
          const of = (value: string) => samples.spread({ contender: id, value })
          return [
            contender(id).name,
            spreadText(of('p50'), duration),
            spreadText(of('p99'), duration),
            spreadText(of('max'), duration),
            wholeNumber(samples.sum({ contender: id, value: 'count' })),
            wholeNumber(samples.sum({ contender: id, value: 'failed' })),
          ]
        }),
      },
    ],
    charts: [],
  }),
}

interface HandOvers {
  times: number[]
  failed: number
}

async function measureHandOvers(bench: Bench, { id, pollMs = LEAST_HOLD_MS }: Contender): Promise<HandOvers> {
  return bench.withWorkers(2, [id], async (workers) => {
    const order = { contender: id, name: NAME }
    const result: HandOvers = { times: [], failed: 0 }
    let [holder, waiter] = workers as [Worker, Worker]
    await holder.run('hold', order, TIMEOUT_MS)
    const startAt = now() + WARM_UPS_MS
    const endAt = startAt + bench.seconds * 1_000
    while (now() < endAt || result.times.length < LEAST_HAND_OVERS) {
      const granting = waiter.run('hold', order, TIMEOUT_MS)
      await sleep(LEAST_HOLD_MS + Math.random() * pollMs)
      const [released, granted] = await Promise.allSettled([holder.run('letGo', order, TIMEOUT_MS), granting])
      if (released.status === 'fulfilled' && granted.status === 'fulfilled') {
        if (released.value > startAt) result.times.push(granted.value - released.value)
        ;[holder, waiter] = [waiter, holder]
      } else {
        result.failed += 1
        if (result.failed > MOST_FAILURES) throw new Error('It fails again and again', { cause: [released, granted] })
        for (const worker of workers) await worker.run('drop', undefined, TIMEOUT_MS)
        await holder.run('hold', order, TIMEOUT_MS)
      }
    }
    // A lease would outlive its process.
    await holder.run('letGo', order, TIMEOUT_MS)
    return result
  })
}

function targets(samples: Samples): Section['targets'] {
  const p50 = (id: string) => ({ contender: id, value: 'p50' })
  const medianOf = (id: string): number => samples.spread(p50(id))?.median ?? Infinity
  const bestOf = (ids: readonly string[]): string => ids.toSorted((a, b) => medianOf(a) - medianOf(b))[0]!
  const to = (what: string, id: string, limit: Limit): Target => ({
    what: `hand-over to another process: p50 ÷ ${what}`,
    limit: limitText(limit),
    results: [judgeRatio(ORM, samples.ratio(p50(OURS), p50(id)), limit)],
  })
  const recommended = bestOf(POLLING.filter((id) => !id.endsWith('-tuned')))
  const tuned = bestOf(POLLING)
  return [
    to('GET_LOCK by hand', BY_HAND, LIMITS.byHand),
    to(`the best that polls, as recommended (${contender(recommended).name})`, recommended, LIMITS.polling),
    to(`the best that polls (${contender(tuned).name})`, tuned, LIMITS.polling),
  ]
}
