import type { LedgerEvent } from '../../history/events.js'
import type { Call } from '../call.js'
import type { History } from '../history.js'
import type { Violation } from '../verdict.js'

/** Rule 2: the ledger has what a call says that it committed, all of it, and nothing else. */
export function checkLedger(history: History): Violation[] {
  const check = history.isComplete ? checkCall : checkFailed
  return [...history.calls.values()].flatMap((call) =>
    check(call).map((message) => ({ rule: 2, message, ops: [call.op] })),
  )
}

function checkFailed({ op, settled, rows }: Call): string[] {
  if (settled?.type !== 'fail' || rows.length === 0) return []
  return [`${op} on ${namesOf(rows)}: failed (${settled.code}), but is in the ledger`]
}

function checkCall(call: Call): string[] {
  const { op, invoke, settled, rows } = call
  if (settled?.type === 'fail') return checkFailed(call)
  if (rows.length === 0)
    return settled?.type === 'ok' && invoke.kind !== 'held'
      ? [`${op} on ${invoke.names.join(', ')}: ok, but is not in the ledger`]
      : []
  if (invoke.kind === 'held') return [`${op} on ${namesOf(rows)}: writes nothing, but is in the ledger`]
  return [
    ...checkNames(call),
    ...(call.commits ? [] : [`${op} on ${namesOf(rows)}: is in the ledger, but had not come to its COMMIT`]),
    ...rows.flatMap((row) => checkLock(call, row)),
  ]
}

/** One transaction writes to all its names: all of that is committed, or nothing. */
function checkNames({ op, invoke: { names }, rows }: Call): string[] {
  const written = rows.map(({ name }) => name)
  const missing = names.filter((name) => !written.includes(name))
  const surplus = written.filter((name, index) => !names.includes(name) || written.indexOf(name) !== index)
  return [
    ...(missing.length > 0 ? [`${op}: is in the ledger for ${namesOf(rows)}, but not for ${missing.join(', ')}`] : []),
    ...(surplus.length > 0 ? [`${op}: is in the ledger for ${surplus.join(', ')} without need`] : []),
  ]
}

function checkLock(call: Call, { name, session, token, readValue }: LedgerEvent): string[] {
  const where = `${call.op} on ${name}: the row that read ${readValue}`
  const grants = call.acquiredFor(name)
  if (grants.length === 0) return [`${where} was committed without the lock`]
  const bySession = call.invoke.kind === 'fenced' ? grants : grants.filter((grant) => grant.session === session)
  if (bySession.length === 0)
    return [`${where} was written by session ${session}, the lock was ${grants[0]!.session}'s`]
  return bySession.some((grant) => grant.token === token)
    ? []
    : [`${where} has token ${token}, the lock had ${bySession[0]!.token}`]
}

function namesOf(rows: readonly LedgerEvent[]): string {
  return [...new Set(rows.map(({ name }) => name))].join(', ')
}
