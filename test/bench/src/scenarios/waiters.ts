import { rotated } from '../bench.js'
import { contender } from '../contenders/catalog.js'
import { duration, spreadText, wholeNumber } from '../report/figures.js'
import { judge, judgeRatio, limitText } from '../report/judge.js'
import type { Section, Table } from '../report/section.js'
import { type Samples, spreadOf } from '../samples.js'
import type { Scenario } from '../scenario.js'
import { watchConnections } from '../watch-connections.js'
import { OURS, PAIRS } from './pairs.js'

const SIZES = [1, 10, 100, 1_000, 10_000]
const [FLAT_FROM, FLAT_TO] = [10, 10_000]
const LIMITS = { connections: { most: 1 }, flat: { most: 1.5 }, bytes: { most: 2_048 } }
const NAME = 'busy'
const ROUNDS = 2

/** Few waiters are through too fast to be measured once. */
const OPERATIONS = 2_000
const MOST_TIMES = 100

const MEMORY_WAITERS = 2_000
const TIMEOUT_MS = 200_000

/** The transaction costs what it costs; how the queue does there is the same on every ORM. */
const WITH_TRANSACTION = 'ormutex-mysql2'

const WORKS = ['acquire', 'update'] as const
type Work = (typeof WORKS)[number]

export const waiters: Scenario = {
  id: 'waiters',
  title: 'Many wait in one process',
  contenders: OURS,

  async run(bench, samples, log) {
    const rounds = Math.min(bench.isQuick ? 1 : ROUNDS, bench.rounds)
    for (let round = 0; round < rounds; round += 1) {
      for (const id of rotated(OURS, round)) {
        await bench.withWorkers(1, [id], async ([worker]) => {
          const order = { contender: id, name: NAME }
          const run = (work: Work, size: number, times: number) =>
            worker!.run('queue', { ...order, work, waiters: size, times }, TIMEOUT_MS)
          for (const work of id === WITH_TRANSACTION ? WORKS : (['acquire'] as const)) {
            await run(work, OPERATIONS / 10, 1)
            for (const size of SIZES) {
              const times = Math.max(1, Math.min(MOST_TIMES, OPERATIONS / size))
              const { result, most } = await watchConnections(bench.database, () => run(work, size, times))
              const values = {
                betweenGrants: spreadOf([...result.betweenGrants])!.median,
                altogether: spreadOf([...result.altogether])!.median,
                connections: most - (contender(id).idleConnections ?? 0),
              }
              samples.add({ contender: id, variant: `${work} ${size}`, round, values })
            }
          }
          const heapBytes = await worker!.run('queueMemory', { ...order, waiters: MEMORY_WAITERS }, TIMEOUT_MS)
          samples.add({ contender: id, variant: 'memory', round, values: { heapBytes } })
        })
      }
      log(`round ${round + 1} of ${rounds} is done`)
    }
  },

  section: (samples) => ({
    title: waiters.title,
    text: [
      'So many calls for one name are made at the same moment in one process; each lets go as soon as it was let in. ' +
        'The cost of one is the time from the first grant to the last, divided by their number.',
      'Connections are counted at the server; the idle one that Prisma’s connector keeps besides is left out.',
    ],
    targets: targets(samples),
    tables: [
      costTable('acquire', OURS, samples),
      costTable('update', [WITH_TRANSACTION], samples),
      {
        caption: `heap for each of ${wholeNumber(MEMORY_WAITERS)} calls that wait, and most connections`,
        head: ['', 'bytes', `connections with ${SIZES.map(wholeNumber).join(', ')} waiting`],
        rows: OURS.map((id) => [
          contender(id).name,
          spreadText(samples.spread({ contender: id, variant: 'memory', value: 'heapBytes' }), wholeNumber),
          SIZES.map((size) =>
            spreadText(
              samples.spread({ contender: id, variant: `acquire ${size}`, value: 'connections' }),
              wholeNumber,
            ),
          ).join(', '),
        ]),
      },
    ],
    charts: [],
  }),
}

function costTable(work: Work, ids: readonly string[], samples: Samples): Table {
  return {
    caption: work === 'acquire' ? 'cost of one, no transaction' : 'cost of one, with a transaction of one UPDATE',
    head: ['', ...SIZES.map((size) => `${wholeNumber(size)} waiting`)],
    rows: ids.map((id) => [
      contender(id).name,
      ...SIZES.map((size) => {
        // One alone has nobody to come after.
        const value = size === 1 ? 'altogether' : 'betweenGrants'
        return spreadText(samples.spread({ contender: id, variant: `${work} ${size}`, value }), duration)
      }),
    ]),
  }
}

function targets(samples: Samples): Section['targets'] {
  const cost = (id: string, work: Work, size: number) => ({
    contender: id,
    variant: `${work} ${size}`,
    value: 'betweenGrants',
  })
  const flat = (id: string, work: Work) => samples.ratio(cost(id, work, FLAT_TO), cost(id, work, FLAT_FROM))
  const between = `${wholeNumber(FLAT_TO)} waiting ÷ ${FLAT_FROM} waiting`
  return [
    {
      what: `connections with ${wholeNumber(FLAT_TO)} waiting in one process`,
      limit: limitText(LIMITS.connections, wholeNumber),
      results: PAIRS.map(({ name, ours }) =>
        judge(name, samples.spread({ ...cost(ours, 'acquire', FLAT_TO), value: 'connections' }), LIMITS.connections, {
          format: wholeNumber,
          by: (count) => count.most,
        }),
      ),
    },
    {
      what: `cost of one, no transaction: ${between}`,
      limit: limitText(LIMITS.flat),
      results: PAIRS.map(({ name, ours }) => judgeRatio(name, flat(ours, 'acquire'), LIMITS.flat)),
    },
    {
      what: `cost of one, a transaction each: ${between}`,
      limit: limitText(LIMITS.flat),
      results: PAIRS.filter(({ ours }) => ours === WITH_TRANSACTION).map(({ name, ours }) =>
        judgeRatio(name, flat(ours, 'update'), LIMITS.flat),
      ),
    },
    {
      what: 'bytes of heap for each call that waits',
      limit: limitText(LIMITS.bytes, wholeNumber),
      results: PAIRS.map(({ name, ours }) =>
        judge(name, samples.spread({ contender: ours, variant: 'memory', value: 'heapBytes' }), LIMITS.bytes, {
          format: wholeNumber,
          by: (bytes) => bytes.median,
        }),
      ),
    },
  ]
}
