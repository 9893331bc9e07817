import type { Scenario } from '../scenario.js'
import { COMPARED, comparePairs, comparisonSection } from './comparison.js'

export const uncontended: Scenario = {
  id: 'uncontended',
  title: 'A transaction under a lock that nobody else wants',
  contenders: COMPARED,

  run: (bench, samples, log) => comparePairs(bench, 'update', samples, log),

  section: (samples) =>
    comparisonSection(samples, {
      title: uncontended.title,
      text: [
        '`withNamedLock` with one UPDATE in it, against the same five statements by hand on that ORM: GET_LOCK, BEGIN, ' +
          'UPDATE, COMMIT, RELEASE_LOCK on one connection of its pool. Both take turns within one process.',
        'By hand on Prisma the lock is released before the COMMIT, which is not correct but the least that can be sent; with a ' +
          'plain adapter, ormutex commits first, which takes more statements.',
      ],
      what: 'a transaction of one UPDATE',
      limit: '≤ 1.10; mysql2: ≤ 1.15',
      mostFor: (name) => (name === 'mysql2' ? 1.15 : 1.1),
    }),
}
