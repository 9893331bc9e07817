import type { Call } from '../call.js'
import type { History } from '../history.js'
import { Stopped } from '../stopped.js'
import type { Violation } from '../verdict.js'

/** How late an answer may be on a machine that is busy with a run. */
const TOLERANCE_MS = 1_000

/** Rule 3: every call ends, in time, and is granted nothing afterwards. */
export function checkDeadlines(history: History): Violation[] {
  const stopped = new Stopped(history)
  return [...history.calls.values()].flatMap((call) => {
    const message = checkCall(history, stopped, call)
    return message === undefined
      ? []
      : [{ rule: 3, message: `${call.op} on ${call.invoke.names.join(', ')}: ${message}`, ops: [call.op] }]
  })
}

function checkCall(history: History, stopped: Stopped, call: Call): string | undefined {
  const { by, pid, at, kind, timeoutMs, holdTimeoutMs } = call.invoke
  const { endedAt, settled, askedAt, refusedAt } = call
  const grant = call.acquired[0]
  const last = call.acquired.at(-1)
  if (settled !== undefined && last !== undefined && last.at > settled.at)
    return `was granted its lock ${shown(last.at - settled.at)} after it had settled`
  if (endedAt === undefined && history.isComplete) return 'never settled, though its worker lived'

  /** Milliseconds of the worker's own time that the call took to get somewhere, or has taken so far. */
  const taken = (from: number, moment: number | undefined): number => {
    // It is not known whether the worker was stopped later than that.
    const until = Math.min(moment ?? endedAt ?? history.knownUntil(pid), history.faultsKnownUntil)
    return until - from - stopped.between(by, from, until)
  }
  if (askedAt !== undefined && (grant !== undefined || isWithoutGrant(settled))) {
    const waitedMs = taken(askedAt, grant?.at ?? refusedAt)
    if (waitedMs > timeoutMs + TOLERANCE_MS) return `waited ${shown(waitedMs)}, asked for ${timeoutMs} ms at most`
  }
  // How long a transaction of the ORM's own lasts, no lock decides.
  if (kind === 'joined' || kind === 'fenced') return undefined
  const tookMs = taken(at, undefined)
  return tookMs > timeoutMs + holdTimeoutMs + TOLERANCE_MS
    ? `took ${shown(tookMs)}, asked for ${timeoutMs} ms of waiting and ${holdTimeoutMs} ms of holding at most`
    : undefined
}

/** How a wait ends. With any other code the lock may have been granted: then the call ended between the grant and its section. */
const CODES_OF_A_WAIT = ['LOCK_TIMEOUT', 'LOCK_FAILED', 'LOCK_DEADLOCK', 'NOT_ACQUIRED', 'ABORTED']

function isWithoutGrant(settled: Call['settled']): boolean {
  return settled?.type === 'fail' && CODES_OF_A_WAIT.includes(settled.code)
}

function shown(ms: number): string {
  return `${ms.toFixed(1)} ms`
}
