import type { Scenario } from '../scenario.js'
import { COMPARED, comparePairs, comparisonSection } from './comparison.js'

export const acquire: Scenario = {
  id: 'acquire',
  title: 'A lock that nobody else wants, without a transaction',
  contenders: COMPARED,

  run: (bench, samples, log) => comparePairs(bench, 'acquire', samples, log),

  section: (samples) =>
    comparisonSection(samples, {
      title: acquire.title,
      text: [
        '`acquireNamedLock` and `release()`, against GET_LOCK and RELEASE_LOCK by hand. On Prisma by hand an interactive ' +
          'transaction is open around them: only there is a connection one’s own.',
      ],
      what: 'acquire and release',
      limit: '≤ 1.10',
      mostFor: () => 1.1,
    }),
}
