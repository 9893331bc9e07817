import { setTimeout as sleep } from 'node:timers/promises'
import { QUERY_TIMEOUT_MS } from '../../limits.js'
import type { Field, Victim } from '../field.js'
import { isServerGone } from '../line.js'
import { victimsIn } from '../victims.js'
import { ALL_PHASES, type Fault } from './fault.js'

/** Without a reply that could be lost, the connection breaks by itself. */
const LOST_WITHIN_MS = 1_000

/** How long it may take until everybody who is concerned has heard of what is over at once, in milliseconds. */
const HEARD_MS = 200

const session = { lane: 'session', phases: ALL_PHASES, scope: 'session', lastsMs: HEARD_MS, runsBeside: true } as const

/** An operator ends the connection. */
export const killSession: Fault = {
  ...session,
  strike: ({ line }, victim) => kill(line.queryOnce(`KILL CONNECTION ${Number(victim.session)}`, [])),
}

/** An operator ends the statement; of a wait, those of all who wait for the same. */
export const killQuery: Fault = {
  ...session,
  async strike(field, victim, phase) {
    const others = phase === 'waiting' ? await waitingWith(field, victim) : []
    for (const other of others) field.strike('kill-query', phase, { session: other.session }, other.names)
    await Promise.all(
      [victim, ...others].map(({ session: id }) => kill(field.line.queryOnce(`KILL QUERY ${Number(id)}`, []))),
    )
  },
}

async function waitingWith(field: Field, { session: id, names }: Victim): Promise<Victim[]> {
  const waiting = await victimsIn(field, 'PENDING')
  return waiting.filter((other) => other.session !== id && other.names.some((name) => names.includes(name)))
}

async function kill(killed: Promise<unknown>): Promise<void> {
  // It may be gone already, or the server; not again when that is back, since its connection ids begin again then.
  await killed.catch((error: { code?: string }) => {
    if (error.code !== 'ER_NO_SUCH_THREAD' && !isServerGone(error)) throw error
  })
}

/** The connection is reset. */
export const reset: Fault = {
  ...session,
  strike: ({ proxy }, victim) => proxy.session(victim.session)?.cut({ reset: true }),
}

/** Each direction takes longer. */
export const latency: Fault = {
  ...session,
  lastsMs: 1_000,
  strike({ proxy }, victim) {
    const hit = proxy.session(victim.session)
    hit?.setLatency(40)
    return () => hit?.setLatency(0)
  },
}

/** Nothing passes any more, and nobody is told; at the end, the client is. */
export const halfOpen: Fault = {
  ...session,
  lastsMs: 4_000,
  strike({ proxy }, victim) {
    const hit = proxy.session(victim.session)
    hit?.freeze()
    return () => hit?.cut({ reset: true })
  },
}

/** The server does what it is told, and its answer never comes. */
export const lostReply: Fault = {
  ...session,
  lastsMs: LOST_WITHIN_MS + HEARD_MS,
  strike: ({ proxy }, victim) => proxy.session(victim.session)?.loseNextReply({ ms: LOST_WITHIN_MS }),
}

/** The connection breaks right after COMMIT has been forwarded. */
export const cutAfterCommit: Fault = {
  ...session,
  phases: ['committing'],
  async strike({ proxy }, victim) {
    const hit = proxy.session(victim.session)
    // Behind the COMMIT, which is forwarded when this function has returned or has by now.
    await sleep(0)
    setImmediate(() => hit?.cut({ reset: true }))
  },
}

/** The answer to a COMMIT comes when the driver has given it up. */
export const queryTimeout: Fault = {
  ...session,
  phases: ['committing'],
  lastsMs: QUERY_TIMEOUT_MS + 400,
  suits: ({ role }) => role === 'timeout',
  strike({ proxy }, victim) {
    const hit = proxy.session(victim.session)
    hit?.setLatency(QUERY_TIMEOUT_MS + 200)
    return () => hit?.setLatency(0)
  },
}
