import { setTimeout as sleep } from 'node:timers/promises'
import type { RowDataPacket } from 'mysql2/promise'
import { type Owner, ownerOf } from '../../accounts.js'
import { QUERY_TIMEOUT_MS, STATEMENT_LIMIT_MS, WAIT_TIMEOUT_MS } from '../../limits.js'
import { monotonicMs } from '../../monotonic.js'
import { nameOf, readLocks } from '../database.js'
import type { Field, Victim } from '../field.js'
import { isServerGone } from '../line.js'
import type { Fault } from './fault.js'

const HELD_MS = WAIT_TIMEOUT_MS + 1_400
/** How much longer it is held where somebody who has come late would only then exceed what nobody else has. */
const LONGER_MS = WAIT_TIMEOUT_MS
const LOOK_EVERY_MS = 100

/** Longest wait for the lock, in seconds. */
const ASKING_S = 4

/** What a wait may exceed. */
const LIMITS = [
  { kind: 'wait-timeout', ms: WAIT_TIMEOUT_MS, has: ({ patience }: Owner) => patience === 'brief' },
  { kind: 'statement-limit', ms: STATEMENT_LIMIT_MS, has: ({ role }: Owner) => role === 'limit' },
  { kind: 'query-timeout', ms: QUERY_TIMEOUT_MS, has: ({ role }: Owner) => role === 'timeout' },
] as const

/**
 * A program that knows nothing of ormutex holds a lock for long: who waits for it exceeds what the server or the driver allows a
 * statement, or an idle session.
 */
export const foreignHolder: Fault = {
  lane: 'session',
  phases: ['waiting'],
  scope: 'session',
  lastsMs: 1,
  strike(field, victim) {
    const done = holdFor(field, victim).catch((error: unknown) => {
      if (!isServerGone(error)) throw error
    })
    return () => done
  },
}

async function holdFor(field: Field, { names }: Victim): Promise<void> {
  const wanted = (await readLocks(field.line)).find(({ key }) => names.includes(nameOf(key)))
  if (wanted === undefined) return
  const { key } = wanted
  await field.line.withSession(async (session) => {
    const [rows] = await session.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS granted', [key, ASKING_S])
    if (Number(rows[0]?.['granted']) !== 1) return
    await watch(field, key, monotonicMs() + HELD_MS)
  })
}

/** Records for each waiter which limits its wait exceeds: as soon as it waits for so long that it is going to. */
async function watch(field: Field, key: string, soonest: number): Promise<void> {
  const since = new Map<string, number>()
  const struck = new Set<string>()
  const met = new Set<string>()
  let end = soonest
  for (let now = monotonicMs(); now < end; now = monotonicMs()) {
    for (const { key: waitedFor, status, session, account } of await readLocks(field.line)) {
      const owner = ownerOf(account)
      if (waitedFor !== key || status !== 'PENDING' || owner === undefined) continue
      if (!since.has(session)) since.set(session, now)
      for (const { kind, ms, has } of LIMITS) {
        const id = `${kind} ${session}`
        const exceedsAt = since.get(session)! + ms
        if (struck.has(id) || !has(owner)) continue
        if (!met.has(kind) && exceedsAt <= soonest + LONGER_MS) end = Math.max(end, exceedsAt + LOOK_EVERY_MS)
        if (exceedsAt - now > LOOK_EVERY_MS || exceedsAt > end) continue
        struck.add(id)
        met.add(kind)
        field.strike(kind, 'waiting', { session }, [nameOf(key)])
      }
    }
    await sleep(LOOK_EVERY_MS)
  }
}
