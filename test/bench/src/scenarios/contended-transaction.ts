import { rotated } from '../bench.js'
import { contender } from '../contenders/catalog.js'
import { measureContention } from '../contention.js'
import { ratioTarget, type Section, type Target } from '../report/section.js'
import type { Samples } from '../samples.js'
import type { Scenario } from '../scenario.js'
import { USUAL } from './contended.js'
import { contentionTable } from './contention-report.js'
import { PAIRS } from './pairs.js'

const VARIANT = String(USUAL)

/** Per cent of the grants that a process is to have at least, of two. */
const LEAST_SHARE = 35

const OTHERS = [
  'for-update',
  'advisory-lock',
  'verrou-knex',
  'verrou-knex-tuned',
  'verrou-redis',
  'verrou-redis-tuned',
  'redlock',
  'redlock-tuned',
  'redis-semaphore',
  'redis-semaphore-tuned',
]

export const contendedTransaction: Scenario = {
  id: 'contended-transaction',
  title: 'Many want one name, for a transaction each',
  contenders: [...new Set([...PAIRS.flatMap(({ ours, byHand }) => [ours, byHand]), ...OTHERS])],

  async run(bench, samples, log) {
    const runs = [{ contenders: USUAL, seconds: bench.seconds }]
    for (let round = 0; round < bench.rounds; round += 1) {
      for (const id of rotated(this.contenders, round))
        await measureContention(bench, { contender: contender(id), work: 'update', runs, round }, samples)
      log(`round ${round + 1} of ${bench.rounds} is done`)
    }
  },

  section: (samples) => ({
    title: contendedTransaction.title,
    text: [
      'The same, with a transaction of one UPDATE of one row under the lock. Locks on Redis are put around a transaction on ' +
        'mysql2. That every transaction was committed, and no two were inside at once, is checked.',
    ],
    targets: PAIRS.flatMap(({ name, ours, byHand }) => targetsFor(name, ours, byHand, samples)),
    tables: [
      contentionTable(
        `2 processes × ${USUAL} contenders, a transaction of one UPDATE`,
        contendedTransaction.contenders,
        samples,
        VARIANT,
      ),
    ],
    charts: [],
  }),
}

function targetsFor(name: string, ours: string, byHand: string, samples: Samples): Section['targets'] {
  const of = (id: string, value: string) => ({ contender: id, variant: VARIANT, value })
  const share = samples.spread(of(ours, 'leastShare'))
  const shares: Target = {
    what: `share of each of the two processes there, ${name}`,
    limit: `${LEAST_SHARE}–${100 - LEAST_SHARE} %`,
    found: share === undefined ? 'not measured' : `${share.median.toFixed(0)} % (${share.least.toFixed(0)} % in the worst round)`,
    isMet: share !== undefined && share.median >= LEAST_SHARE,
  }
  return [
    ratioTarget(
      `2 × ${USUAL} contenders, transactions per second: ormutex to GET_LOCK by hand, ${name}`,
      samples.ratio(of(ours, 'perSecond'), of(byHand, 'perSecond')),
      { least: 1.5 },
    ),
    shares,
  ]
}
