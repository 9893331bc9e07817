import { surveyLocks } from '@ormutex/core/sql'
import { type Check, ok, warn } from '../check.js'

/** What of the locks on the server this account cannot see, a sentence each. */
type Answer = readonly string[]

export const visibility: Check<Answer> = {
  id: 'visibility',
  title: 'Visibility',
  ask: async ({ witnesses: [first] }) => (await surveyLocks(first.query)).hidden,
  judge(hidden) {
    if (hidden.length === 0) return ok('Holders, waiters and their labels can all be seen by this account.')
    return warn(hidden.join(' '), {
      advice: 'Locks exclude all the same; LOCK_TIMEOUT, ormutex ls and watch tell less about who has them.',
    })
  },
}
