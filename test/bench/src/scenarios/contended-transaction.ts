import { rotated } from '../bench.js'
import { contender } from '../contenders/catalog.js'
import { POLLING } from '../contenders/packages.js'
import { measureContention, PROCESSES } from '../contention.js'
import { percent } from '../report/figures.js'
import { judge, judgeRatio, limitText } from '../report/judge.js'
import type { Section } from '../report/section.js'
import type { Samples } from '../samples.js'
import type { Scenario } from '../scenario.js'
import { USUAL } from './contended.js'
import { contentionTable } from './contention-report.js'
import { PAIRS } from './pairs.js'

const VARIANT = String(USUAL)

const FASTER = { least: 1.5 }

/** Per cent of the grants: of two processes, the other one has the rest. */
const LEAST_SHARE = { least: 35 }

const OTHERS = ['ormutex-mysql2-off', 'for-update', 'advisory-lock', ...POLLING]

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
    targets: targets(samples),
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

function targets(samples: Samples): Section['targets'] {
  const of = (id: string, value: string) => ({ contender: id, variant: VARIANT, value })
  const where = `${PROCESSES} × ${USUAL} contenders, a transaction each`
  return [
    {
      what: `${where}: transactions/s ÷ GET_LOCK by hand`,
      limit: limitText(FASTER),
      results: PAIRS.map(({ name, ours, byHand }) =>
        judgeRatio(name, samples.ratio(of(ours, 'perSecond'), of(byHand, 'perSecond')), FASTER),
      ),
    },
    {
      what: `${where}: share of the process with less`,
      limit: limitText(LEAST_SHARE, percent),
      results: PAIRS.map(({ name, ours }) =>
        judge(name, samples.spread(of(ours, 'leastShare')), LEAST_SHARE, {
          format: percent,
          by: (share) => share.median,
        }),
      ),
    },
  ]
}
