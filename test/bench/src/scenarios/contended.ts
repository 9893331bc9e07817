import { type Bench, rotated } from '../bench.js'
import { measureContention, PROCESSES } from '../contention.js'
import { contender } from '../contenders/catalog.js'
import { POLLING } from '../contenders/packages.js'
import type { Scenario } from '../scenario.js'
import type { Samples } from '../samples.js'
import { judgeRatio, limitText } from '../report/judge.js'
import type { Section } from '../report/section.js'
import { contentionTable, linesOverContenders } from './contention-report.js'
import { PAIRS } from './pairs.js'

/** How many contend in each of two processes, for the tables and the targets. */
export const USUAL = 8
const SIZES = [1, 2, 4, USUAL, 16, 32]
const QUICK_SIZES = [2, USUAL, 32]

/** Charts need fewer rounds than tables, and less time. */
const CHART_ROUNDS = 3
const CHART_SHARE = 0.6

/** Who is in the charts: one for each way of locking. */
const CHARTED = ['ormutex-mysql2', 'ormutex-mysql2-off', 'hand-mysql2', 'for-update', 'advisory-lock', ...POLLING]

const TABLE_ONLY = [
  'ormutex-knex',
  'ormutex-sequelize',
  'ormutex-prisma-lockable',
  'ormutex-prisma-plain',
  'hand-knex',
  'hand-sequelize',
  'hand-prisma',
]

const VERROU = 'verrou-knex'
const LIMITS = { byHand: { least: 15 }, onRedis: { least: 5 }, p99: { most: 1 / 100 } }

const ON_REDIS = CHARTED.filter((id) => contender(id).needs.includes('redis'))

export const contended: Scenario = {
  id: 'contended',
  title: 'Many want one name',
  contenders: [...CHARTED, ...TABLE_ONLY],

  async run(bench, samples, log) {
    for (let round = 0; round < bench.rounds; round += 1) {
      for (const id of rotated(this.contenders, round)) {
        const runs = sizesFor(id, round, bench).map((contenders) => ({
          contenders,
          seconds: secondsFor(contenders, bench),
        }))
        await measureContention(bench, { contender: contender(id), work: 'acquire', runs, round }, samples)
      }
      log(`round ${round + 1} of ${bench.rounds} is done`)
    }
  },

  section: (samples) => ({
    title: contended.title,
    text: [
      `Two processes with ${USUAL} contenders each want one name, again and again; the critical section is empty and no ` +
        'transaction is open. An operation is acquire and release, from the call to the answer.',
      'Who asks again and again (“polls”) lets the one that has just released in again at once, while the others sleep: ' +
        'many operations per second there are those of one or two contenders, and the longest wait is what the others get.',
    ],
    targets: targets(samples),
    tables: [
      contentionTable(
        `2 processes × ${USUAL} contenders, no transaction`,
        contended.contenders,
        samples,
        String(USUAL),
      ),
    ],
    charts: linesOverContenders(CHARTED, SIZES, samples),
  }),
}

function sizesFor(id: string, round: number, { isQuick }: Bench): readonly number[] {
  if (!CHARTED.includes(id) || round >= CHART_ROUNDS) return [USUAL]
  return isQuick ? QUICK_SIZES : SIZES
}

function secondsFor(contenders: number, { seconds }: Bench): number {
  return contenders === USUAL ? seconds : seconds * CHART_SHARE
}

function targets(samples: Samples): Section['targets'] {
  const variant = String(USUAL)
  const throughput = (id: string) => ({ contender: id, variant, value: 'perSecond' })
  const p99 = (id: string) => ({ contender: id, variant, value: 'p99' })
  const medianOf = (id: string): number => samples.spread(throughput(id))?.median ?? 0
  const bestOnRedis = ON_REDIS.toSorted((a, b) => medianOf(b) - medianOf(a))[0]!
  const where = `${PROCESSES} × ${USUAL} contenders, no transaction`
  return [
    {
      what: `${where}: operations/s ÷ GET_LOCK by hand`,
      limit: limitText(LIMITS.byHand),
      results: PAIRS.map(({ name, ours, byHand }) =>
        judgeRatio(name, samples.ratio(throughput(ours), throughput(byHand)), LIMITS.byHand),
      ),
    },
    {
      what: `${where}: operations/s ÷ the best on Redis (${contender(bestOnRedis).name})`,
      limit: limitText(LIMITS.onRedis),
      results: PAIRS.map(({ name, ours }) =>
        judgeRatio(name, samples.ratio(throughput(ours), throughput(bestOnRedis)), LIMITS.onRedis),
      ),
    },
    {
      what: `${where}: p99 ÷ ${contender(VERROU).name}`,
      limit: limitText(LIMITS.p99),
      results: PAIRS.map(({ name, ours }) => judgeRatio(name, samples.ratio(p99(ours), p99(VERROU)), LIMITS.p99)),
    },
  ]
}
