import { type Bench, rotated } from '../bench.js'
import { distributionOf } from '../distribution.js'
import { duration, ratio, spreadText, wholeNumber } from '../report/figures.js'
import { judgeRatio } from '../report/judge.js'
import type { Section } from '../report/section.js'
import type { Samples } from '../samples.js'
import type { CompareOrder } from '../tasks/compare.js'
import { PAIRS } from './pairs.js'

/** Operations of one before it is the other's turn. */
export const BLOCK = 100

/** Both of a pair share the time of a measurement, and medians want many operations. */
const TIME_FACTOR = 2
const WARM_UP_FACTOR = 0.5
const TIMEOUT_MS = 60_000

/** Everyone who is compared. */
export const COMPARED = [...new Set(PAIRS.flatMap(({ ours, byHand }) => [ours, byHand]))]

/** Each ORM with the library against the same by hand, in turns within one process, with nobody else around. */
export async function comparePairs(
  bench: Bench,
  work: CompareOrder['work'],
  samples: Samples,
  log: (line: string) => void,
): Promise<void> {
  for (let round = 0; round < bench.rounds; round += 1) {
    for (const { ours, byHand } of rotated(PAIRS, round)) {
      const ids = [ours, byHand] as const
      const results = await bench.withWorkers(1, ids, async ([worker]) => {
        const order = { pair: ids, work, name: 'quiet', block: BLOCK }
        await worker!.run('compare', { ...order, forMs: bench.seconds * 1_000 * WARM_UP_FACTOR }, TIMEOUT_MS)
        return worker!.run('compare', { ...order, forMs: bench.seconds * 1_000 * TIME_FACTOR }, TIMEOUT_MS)
      })
      for (const [index, contender] of ids.entries()) {
        const { p50, p99 } = distributionOf(results[index]!)
        samples.add({ contender, variant: ours, round, values: { p50, p99, operations: results[index]!.length } })
      }
    }
    log(`round ${round + 1} of ${bench.rounds} is done`)
  }
}

export function comparisonSection(
  samples: Samples,
  {
    title,
    text,
    what,
    limit,
    mostFor,
  }: Pick<Section, 'title' | 'text'> & {
    what: string
    /** In words. */
    limit: string
    mostFor: (orm: string) => number
  },
): Section {
  const of = (contender: string, variant: string, value: string) => ({ contender, variant, value })
  const compared = (ours: string, byHand: string) => samples.ratio(of(ours, ours, 'p50'), of(byHand, ours, 'p50'))
  return {
    title,
    text,
    targets: [
      {
        what: `nobody else there, ${what}: p50 ÷ by hand`,
        limit,
        results: PAIRS.map(({ name, ours, byHand }) =>
          judgeRatio(name, compared(ours, byHand), { most: mostFor(name) }),
        ),
      },
    ],
    tables: [
      {
        caption: `${what}: ${BLOCK} operations of one, ${BLOCK} of the other, and so on`,
        head: ['', 'ratio of p50', 'p50', 'p50 by hand', 'p99', 'p99 by hand', 'operations of each'],
        rows: PAIRS.map(({ name, ours, byHand }) => [
          name,
          spreadText(compared(ours, byHand), ratio),
          spreadText(samples.spread(of(ours, ours, 'p50')), duration),
          spreadText(samples.spread(of(byHand, ours, 'p50')), duration),
          spreadText(samples.spread(of(ours, ours, 'p99')), duration),
          spreadText(samples.spread(of(byHand, ours, 'p99')), duration),
          wholeNumber(samples.sum(of(ours, ours, 'operations'))),
        ]),
      },
    ],
    charts: [],
  }
}
