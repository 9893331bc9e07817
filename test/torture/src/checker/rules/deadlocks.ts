import type { History } from '../history.js'
import type { Violation } from '../verdict.js'

/**
 * Rule 3: no deadlock where none is possible. Of callers that ask for several names at once, in whatever order they name them, and for
 * further ones in the order of the names, none can wait for another in a circle.
 */
export function checkDeadlocks(history: History): Violation[] {
  if (history.run?.isOrderly !== true) return []
  return [...history.calls.values()].flatMap(({ op, invoke, settled }) =>
    settled?.type === 'fail' && settled.code === 'LOCK_DEADLOCK'
      ? [{ rule: 3, message: `${op} on ${invoke.names.join(', ')}: met a deadlock, where none is possible`, ops: [op] }]
      : [],
  )
}
