import type { Call } from '../call.js'
import type { History } from '../history.js'
import type { Violation } from '../verdict.js'

/** Rule 2, as far as it needs no ledger: a call is made once, settles once, and only a COMMIT leaves it in doubt. */
export function checkOutcomes(history: History): Violation[] {
  const strays = history.strays.filter(({ type }) => type !== 'ledger' || history.isComplete)
  return [
    ...strays.map(({ type, op }) => violation(op, `${op}: ${type} of a call that nobody has made`)),
    ...history.usedTwice.map((op) => violation(op, `${op}: two calls were made under this name`)),
    ...[...history.calls.values()].flatMap(checkCall),
  ]
}

function checkCall({ op, invoke: { names }, settled, settlements, commits }: Call): Violation[] {
  const violations: Violation[] = []
  const on = names.join(', ')
  if (settlements.length > 1)
    violations.push(
      violation(
        op,
        `${op} on ${on}: settled ${settlements.length} times: ${settlements.map(({ type }) => type).join(', ')}`,
      ),
    )
  if (settled?.type === 'unknown' && !commits)
    violations.push(violation(op, `${op} on ${on}: unknown (${settled.code}), though it had not come to its COMMIT`))
  return violations
}

function violation(op: string, message: string): Violation {
  return { rule: 2, message, ops: [op] }
}
