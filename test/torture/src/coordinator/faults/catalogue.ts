import type { Fault } from './fault.js'
import { foreignHolder } from './foreign-holder.js'
import { clientClockBack, killClient, poolExhausted, stopClient } from './process.js'
import { clockBack, clockForward, refuse, serverKill, serverShutdown } from './server.js'
import { cutAfterCommit, halfOpen, killQuery, killSession, latency, lostReply, queryTimeout, reset } from './session.js'

export type { LaneName } from './fault.js'

/** Every fault that comes from outside a call. */
export const FAULTS = {
  'server-kill': serverKill,
  'server-shutdown': serverShutdown,
  'clock-forward': clockForward,
  'clock-back': clockBack,
  refuse,
  'kill-client': killClient,
  'stop-client': stopClient,
  'pool-exhausted': poolExhausted,
  'client-clock-back': clientClockBack,
  'kill-session': killSession,
  'kill-query': killQuery,
  reset,
  latency,
  'half-open': halfOpen,
  'lost-reply': lostReply,
  'cut-after-commit': cutAfterCommit,
  'query-timeout': queryTimeout,
  'foreign-holder': foreignHolder,
} satisfies Record<string, Fault>

export type FaultName = keyof typeof FAULTS

export function faultNamed(name: FaultName): Fault {
  return FAULTS[name]
}
