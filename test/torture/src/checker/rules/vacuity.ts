import type { Call } from '../call.js'
import { Faults } from '../faults.js'
import type { History } from '../history.js'
import type { Violation } from '../verdict.js'

/** Rule 6: the run was finished, and enough befell it to prove something. */
export function checkVacuity(history: History): Violation[] {
  if (!history.isComplete) return []
  const messages = history.all('end').length > 0 ? [] : ['the history has no end: nobody has looked at what was left']
  const { run } = history
  if (run === undefined) messages.push('the history has no run event')
  else {
    const acquisitions = history.all('acquired').length
    if (acquisitions < run.leastAcquisitions)
      messages.push(`${acquisitions} acquisitions, expected at least ${run.leastAcquisitions}`)
    const spared = countSpared(history)
    if (spared < run.leastAcquisitions / SPARED_SHARE)
      messages.push(
        `only ${spared} calls with a lock met no fault, expected at least ${run.leastAcquisitions / SPARED_SHARE}`,
      )
    const struck = new Set(history.all('fault').map(({ kind, phase }) => `${kind} while ${phase}`))
    const required = run.requires.map(({ kind, phase }) => `${kind} while ${phase}`)
    messages.push(...required.filter((fault) => !struck.has(fault)).map((fault) => `no fault of kind ${fault}`))
    if (run.requiresUnknown) messages.push(...checkDoubts([...history.calls.values()].filter(isInDoubt)))
  }
  return messages.map((message) => ({ rule: 6, message, ops: [] }))
}

/** One of so many has to be a call of which nothing excuses an overlap. */
const SPARED_SHARE = 5

function countSpared(history: History): number {
  const faults = new Faults(history)
  return [...history.calls.values()].filter((call) => call.acquired.length > 0 && faults.spared(call)).length
}

/** COMMIT was sent, or about to be, and the caller cannot know whether it took place. */
function isInDoubt({ settled, commits }: Call): boolean {
  return settled === undefined ? commits : settled.type === 'unknown'
}

function checkDoubts(doubtful: readonly Call[]): string[] {
  return [
    ...(doubtful.some(({ rows }) => rows.length > 0) ? [] : ['no call in doubt has committed']),
    ...(doubtful.some(({ rows }) => rows.length === 0) ? [] : ['every call in doubt has committed']),
  ]
}
