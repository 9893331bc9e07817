import { rotated } from '../bench.js'
import { contender } from '../contenders/catalog.js'
import { distributionOf } from '../distribution.js'
import { duration, ratio, spreadText, wholeNumber } from '../report/figures.js'
import { judgeRatio, limitText } from '../report/judge.js'
import type { Samples, Spread } from '../samples.js'
import type { Scenario } from '../scenario.js'
import { OURS, PAIRS } from './pairs.js'

const WAITERS = 1_000
const NAME = 'busy'
const BLOCK_MS = 150
const LIMIT = { most: 1.2 }
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
    targets: [
      {
        what: `p50 of an ordinary query: ${wholeNumber(WAITERS)} waiting ÷ none`,
        limit: limitText(LIMIT),
        results: PAIRS.map(({ name, ours }) => judgeRatio(name, compared(ours, samples), LIMIT)),
      },
    ],
    tables: [
      {
        caption: 'reading a row by its key',
        head: [
          '',
          'ratio of p50',
          'p50, nobody waits',
          `p50, ${wholeNumber(WAITERS)} wait`,
          'p99, nobody waits',
          `p99, ${wholeNumber(WAITERS)} wait`,
        ],
        rows: OURS.map((id) => {
          const of = (variant: string, value: string) =>
            spreadText(samples.spread({ contender: id, variant, value }), duration)
          return [
            contender(id).name,
            spreadText(compared(id, samples), ratio),
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

function compared(id: string, samples: Samples): Spread | undefined {
  const p50 = (variant: string) => ({ contender: id, variant, value: 'p50' })
  return samples.ratio(p50('waiting'), p50('idle'))
}
