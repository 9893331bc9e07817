import { rotated } from '../bench.js'
import { contender } from '../contenders/catalog.js'
import { distributionOf } from '../distribution.js'
import { duration, spreadText, wholeNumber } from '../report/figures.js'
import { judge, judgeRatio, limitText } from '../report/judge.js'
import type { Result, Section, Table } from '../report/section.js'
import type { Samples, Spread } from '../samples.js'
import type { Scenario } from '../scenario.js'
import { watchConnections } from '../watch-connections.js'
import { OURS, PAIRS } from './pairs.js'

const COUNTS = [1, 10, 100, 1_000, 10_000]
const MOST = 10_000
const PROBES = 100
const LIMITS = { connections: { most: 2 }, flat: { most: 1.5 }, bytes: { most: 4_096 } }
const ROUNDS = 3
const PATIENCE_MS = 1_000
const TIMEOUT_MS = 120_000

/** The server itself, to tell what is its own. */
const SERVER = 'hand-one-connection'

export const held: Scenario = {
  id: 'held',
  title: 'Many names held at once',
  contenders: [...OURS, SERVER],

  async run(bench, samples, log) {
    const rounds = Math.min(bench.isQuick ? 1 : ROUNDS, bench.rounds)
    for (let round = 0; round < rounds; round += 1) {
      for (const id of rotated(this.contenders, round)) {
        await bench.withWorkers(1, [id], async ([worker]) => {
          const order = { contender: id, counts: COUNTS, probes: PROBES, patienceMs: PATIENCE_MS }
          const { result, most } = await watchConnections(bench.database, () =>
            worker!.run('holdMany', order, TIMEOUT_MS),
          )
          for (const { count, oneMore, heapBytes } of result.counts) {
            const values = { oneMore: distributionOf(oneMore).p50, heapBytes }
            samples.add({ contender: id, variant: String(count), round, values })
          }
          const values = { connections: most - (contender(id).idleConnections ?? 0), endedAt: result.endedAt ?? MOST }
          samples.add({ contender: id, variant: '', round, values })
        })
      }
      log(`round ${round + 1} of ${rounds} is done`)
    }
  },

  section: (samples) => ({
    title: held.title,
    text: [
      'Different names are taken with `acquireNamedLock` and kept, in one process. One more is taken and given back ' +
        `${PROBES} times at each count: the median is what one more costs. The last row is the server by itself: plain ` +
        'GET_LOCK on one connection.',
    ],
    targets: targets(samples),
    tables: [oneMoreTable(samples), sizeTable(samples)],
    charts: [],
  }),
}

function oneMoreTable(samples: Samples): Table {
  return {
    caption: 'one more, taken and given back',
    head: ['', ...COUNTS.map((count) => `${wholeNumber(count)} held`)],
    rows: held.contenders.map((id) => [
      contender(id).name,
      ...COUNTS.map((count) =>
        spreadText(samples.spread({ contender: id, variant: String(count), value: 'oneMore' }), duration),
      ),
    ]),
  }
}

function sizeTable(samples: Samples): Table {
  return {
    caption: 'what they take',
    head: ['', 'could be held', 'connections', `bytes of heap for each of ${wholeNumber(MOST)}`],
    rows: held.contenders.map((id) => [
      contender(id).name,
      spreadText(samples.spread({ contender: id, value: 'endedAt' }), wholeNumber),
      spreadText(samples.spread({ contender: id, value: 'connections' }), wholeNumber),
      spreadText(samples.spread({ contender: id, variant: String(MOST), value: 'heapBytes' }), wholeNumber),
    ]),
  }
}

function targets(samples: Samples): Section['targets'] {
  const at = (id: string, count: number, value: string) => ({ contender: id, variant: String(count), value })
  /** What was measured with fewer says nothing of so many. */
  const withAll = (result: Result, id: string): Result => {
    const endedAt = samples.spread({ contender: id, value: 'endedAt' })
    if (endedAt === undefined || endedAt.least >= MOST) return result
    return { ...result, found: `${wholeNumber(endedAt.least)} can be held`, isMet: false }
  }
  return [
    {
      what: `connections for ${wholeNumber(MOST)} names held at once`,
      limit: limitText(LIMITS.connections, wholeNumber),
      results: PAIRS.map(({ name, ours }) => {
        const by = (spread: Spread): number => spread.most
        const connections = samples.spread({ contender: ours, value: 'connections' })
        return withAll(judge(name, connections, LIMITS.connections, { format: wholeNumber, by }), ours)
      }),
    },
    {
      what: `cost of one more: ${wholeNumber(MOST)} held ÷ 1 held`,
      limit: limitText(LIMITS.flat),
      results: PAIRS.map(({ name, ours }) => {
        const ratio = samples.ratio(at(ours, MOST, 'oneMore'), at(ours, 1, 'oneMore'))
        return withAll(judgeRatio(name, ratio, LIMITS.flat), ours)
      }),
    },
    {
      what: 'bytes of heap for each lock that is held',
      limit: limitText(LIMITS.bytes, wholeNumber),
      results: PAIRS.map(({ name, ours }) => {
        const by = (spread: Spread): number => spread.median
        const bytes = samples.spread(at(ours, MOST, 'heapBytes'))
        return withAll(judge(name, bytes, LIMITS.bytes, { format: wholeNumber, by }), ours)
      }),
    },
  ]
}
