import { setTimeout as sleep } from 'node:timers/promises'
import type { RowDataPacket } from 'mysql2/promise'
import { type Owner, ownerOf } from '../../accounts.js'
import { QUERY_TIMEOUT_MS, STATEMENT_LIMIT_MS, WAIT_TIMEOUT_MS } from '../../limits.js'
import { monotonicMs } from '../../monotonic.js'
import { nameOf, readLocks } from '../database.js'
import type { Field, Victim } from '../field.js'
import { isServerGone } from '../line.js'
import type { Fault } from './fault.js'

/** How long the lock is held, at least, in milliseconds: whoever waits for most of it exceeds every limit. */
const HELD_MS = WAIT_TIMEOUT_MS + 1_400
/** How long, at most, while the run lacks a limit that nobody has exceeded yet; calls wait for less long, and others come. */
const LONGEST_MS = 10_000
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
  needsServer: true,
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
    await watch(field, key)
  })
}

/** Records for each waiter which limits its wait exceeds: as soon as it waits for so long that it is going to. */
async function watch(field: Field, key: string): Promise<void> {
  const startedAt = monotonicMs()
  let soonest = startedAt + HELD_MS
  const latest = startedAt + LONGEST_MS
  let waits = new Map<string, Wait>()
  for (let now = startedAt; now < soonest || (now < latest && isLacking(field)); now = monotonicMs()) {
    const waiters = (await readLocks(field.line)).filter((lock) => lock.key === key && lock.status === 'PENDING')
    const before = waits
    waits = new Map()
    for (const { session, account } of waiters) {
      const owner = ownerOf(account)
      if (owner === undefined) continue
      const wait = before.get(session) ?? { since: now, exceeded: new Set() }
      waits.set(session, wait)
      for (const { kind, ms, has } of LIMITS) {
        const exceedsAt = wait.since + ms
        if (wait.exceeded.has(kind) || !has(owner) || exceedsAt - now > LOOK_EVERY_MS) continue
        wait.exceeded.add(kind)
        soonest = Math.max(soonest, exceedsAt + LOOK_EVERY_MS)
        field.strike(kind, 'waiting', { session }, [nameOf(key)])
      }
    }
    await sleep(LOOK_EVERY_MS)
  }
}

interface Wait {
  readonly since: number
  /** Kinds of the limits that it exceeds. */
  readonly exceeded: Set<string>
}

function isLacking(field: Field): boolean {
  return !field.over.aborted && LIMITS.some(({ kind }) => field.lacks(kind, 'waiting'))
}
