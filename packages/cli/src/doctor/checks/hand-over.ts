import { setTimeout as sleep } from 'node:timers/promises'
import { type Check, fail, ok } from '../check.js'
import { DISTRUST } from '../distrust.js'
import { inMs } from '../figures.js'
import { newKey } from '../locking.js'
import type { Patient } from '../patient.js'

interface Answer {
  /** `'early'`: while the holder had it. */
  readonly granted: boolean | 'early'
  readonly afterMs: number
}

const PATIENCE_MS = 2_000
/** For the waiter's statement to arrive: later, its grant is none from hand to hand, and faster than one. */
const ARRIVAL_MS = 50

const GRANTED_EARLY = fail('A waiter was granted the lock while another connection had it.', { advice: DISTRUST })

export const handOver: Check<Answer> = {
  id: 'hand-over',
  title: 'Hand-over',
  ask: (patient) =>
    waitFor(patient, async (key, { query }) => {
      await patient.locking.release(query, key)
    }),
  judge({ granted, afterMs }) {
    if (granted === 'early') return GRANTED_EARLY
    if (!granted) {
      return fail(`A waiter was still waiting ${PATIENCE_MS} ms after the lock was released.`, { advice: DISTRUST })
    }
    return ok(`The next waiter has a released lock after ${inMs(afterMs)}.`, { figures: { afterMs } })
  },
}

/** What an application's crash is to the server. */
export const sessionEnd: Check<Answer> = {
  id: 'session-end',
  title: 'End of a session',
  ask: (patient) => waitFor(patient, (_, session) => session.close()),
  judge({ granted, afterMs }) {
    if (granted === 'early') return GRANTED_EARLY
    if (!granted) {
      return fail(`The lock of a connection that was closed was still taken after ${PATIENCE_MS} ms.`, {
        advice: 'A proxy that keeps the connection of a client that is gone has to reset it (COM_RESET_CONNECTION).',
      })
    }
    return ok(`The next waiter has the lock of a closed connection after ${inMs(afterMs)}.`, { figures: { afterMs } })
  },
}

/** How long a waiter goes on waiting once its holder ends in that way. */
async function waitFor(
  { locking, open, witnesses: [waiter] }: Patient,
  end: (key: string, holder: Awaited<ReturnType<Patient['open']>>) => Promise<void> | void,
): Promise<Answer> {
  const key = newKey()
  const holder = await open()
  await locking.take(holder.query, key, 0)
  const wait = locking.take(waiter.query, key, PATIENCE_MS).then((sessionId) => sessionId !== undefined)
  const isEarly = await Promise.race([wait, sleep(ARRIVAL_MS, false)])
  const begun = performance.now()
  await end(key, holder)
  const granted = await wait
  const afterMs = performance.now() - begun
  if (granted) await locking.release(waiter.query, key)
  holder.close()
  return { granted: isEarly ? 'early' : granted, afterMs }
}
