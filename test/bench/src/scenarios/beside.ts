import { rotated } from '../bench.js'
import { contender } from '../contenders/catalog.js'
import { distributionOf } from '../distribution.js'
import { duration, spreadText, wholeNumber } from '../report/figures.js'
import { ratioTarget, ratioText } from '../report/section.js'
import type { Samples } from '../samples.js'
import type { Scenario } from '../scenario.js'
import { OURS } from './pairs.js'

const WAITERS = 1_000
const NAME = 'busy'
const BLOCK_MS = 150
const TIMEOUT_MS = 120_000

export const beside: Scenario = {
  id: 'beside',
  title: 'Ordinary queries while many wait',
  contenders: OURS,

  async run(bench, samples, log) {
    for (let round = 0; round < bench.rounds; round += 1) {
      for (const id of rotated(OURS, round)) {
        await bench.withWorkers(1, [id], async ([worker]) => {
          const order = { contender: id, name: NAME, waiters: WAITERS, blockMs: BLOCK_MS, forMs: bench.seconds * 1_000 }
          const times = await worker!.run('beside', order, TIMEOUT_MS)
          for (const variant of ['idle', 'waiting'] as const) {
            const { p50, p99 } = distributionOf(times[variant])
            samples.add({ contender: id, variant, round, values: { p50, p99, queries: times[variant].length } })
          }
        })
      }
      log(`round ${round + 1} of ${bench.rounds} is done`)
    }
  },

  section: (samples) => ({
    title: beside.title,
    text: [
      `A row is read by its key, again and again, on the same pool: in turns with nobody else and with ${wholeNumber(WAITERS)} ` +
        'calls that wait for a name. By hand, so many calls would have taken every connection of the pool, and the queries ' +
        'would wait as long as they do.',
    ],
    targets: OURS.map((id) =>
      ratioTarget(
        `p50 of a query, ${contender(id).name}: ${wholeNumber(WAITERS)} waiting to none`,
        ratio(id, 'p50', samples),
        { most: 1.2 },
      ),
    ),
    tables: [
      {
        caption: 'reading a row by its key',
        head: ['', 'ratio of p50', 'p50, nobody waits', `p50, ${wholeNumber(WAITERS)} wait`, 'p99, nobody waits', `p99, ${wholeNumber(WAITERS)} wait`],
        rows: OURS.map((id) => {
          const of = (variant: string, value: string) =>
            spreadText(samples.spread({ contender: id, variant, value }), duration)
          return [
            contender(id).name,
            spreadText(ratio(id, 'p50', samples), ratioText),
            of('idle', 'p50'),
            of('waiting', 'p50'),
            of('idle', 'p99'),
            of('waiting', 'p99'),
          ]
        }),
      },
    ],
    charts: [],
  }),
}

function ratio(contenderId: string, value: string, samples: Samples) {
  return samples.ratio(
    { contender: contenderId, variant: 'waiting', value },
    { contender: contenderId, variant: 'idle', value },
  )
}
