import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '@ormutex/testkit/fault-proxy'
import type { Field, Victim } from './field.js'
import type { PlannedFault } from './schedule.js'
import { victimOf, victimsIn } from './victims.js'

const COMMIT = /^\s*COMMIT\b/i
const LOOK_EVERY_MS = 15
const GIVE_UP_MS = 3_000

/** A hold or a wait that has lasted for so long goes on for a while, as a rule. */
const LASTING_MS = 400

/** How a fault wants its victim. */
export interface Aim extends Pick<PlannedFault, 'phase' | 'pick' | 'isEarly'> {
  readonly suits: (victim: Victim) => boolean
}

/** Waits for a call in the wanted phase and strikes it there; answers what that answered, undefined when there was none in time. */
export function hit<T>(field: Field, aim: Aim, strike: (victim: Victim) => Promise<T>): Promise<T | undefined> {
  return aim.phase === 'committing' ? hitCommit(field, aim, strike) : hitLock(field, aim, strike)
}

async function hitLock<T>(
  field: Field,
  { phase, pick, isEarly, suits }: Aim,
  strike: (victim: Victim) => Promise<T>,
): Promise<T | undefined> {
  const seenAt = new Map<string, number>()
  const startedAt = performance.now()
  for (let now = startedAt; now - startedAt < GIVE_UP_MS && !field.over.aborted; now = performance.now()) {
    const victims = (await victimsIn(field, phase === 'holding' ? 'GRANTED' : 'PENDING')).filter(suits)
    const mayHaveJustBegun = isEarly || now - startedAt > GIVE_UP_MS / 2
    const choices = victims.filter(({ session, names }) => {
      const id = `${session} ${names.join(' ')}`
      if (!seenAt.has(id)) seenAt.set(id, now)
      return mayHaveJustBegun || now - seenAt.get(id)! >= LASTING_MS
    })
    const victim = choices[Math.floor(pick * choices.length)]
    if (victim !== undefined) return strike(victim)
    await sleep(LOOK_EVERY_MS)
  }
  return undefined
}

async function hitCommit<T>(
  field: Field,
  { isEarly, suits }: Aim,
  strike: (victim: Victim) => Promise<T>,
): Promise<T | undefined> {
  let struck: Promise<T> | undefined
  const rule = field.proxy.on(
    COMMIT,
    run(async ({ sessionId }) => {
      if (struck !== undefined) return
      const victim = await victimOf(field, sessionId)
      // Another COMMIT may have been quicker.
      if (victim === undefined || struck !== undefined || !suits(victim)) return
      struck = strike(victim)
      // Others may be waiting for a COMMIT, too.
      rule.remove()
      if (isEarly) await struck.catch(() => {})
    }),
    { times: Infinity },
  )
  try {
    for (const end = performance.now() + GIVE_UP_MS; performance.now() < end && !field.over.aborted;) {
      if (struck !== undefined) return await struck
      await sleep(LOOK_EVERY_MS)
    }
    return await struck
  } finally {
    rule.remove()
  }
}
