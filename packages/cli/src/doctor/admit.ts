import { dialectOf, inspectServer, type ServerFacts } from '@ormutex/core/sql'
import { identify } from './identity.js'
import { Locking } from './locking.js'
import type { Patient, Witness } from './patient.js'
import type { Session, Sessions } from './sessions.js'
import { readSettings } from './settings.js'

export interface Admission extends Pick<Patient, 'target' | 'host' | 'allowNodeLocalLocks'> {
  readonly sessions: Sessions
}

/** Of two servers behind a balancer that takes turns, or draws lots, so many connections rarely reach only one. */
const FURTHER_WITNESSES = 3

/** Opens the connections and asks what every check builds on. Rejects with the driver's error. */
export async function admit({ sessions, ...given }: Admission): Promise<Patient> {
  const initial = await sessions.open()
  const facts = await inspectServer(initial.query)
  const settings = await readSettings(initial.query)
  const first = await asWitness(initial, facts)
  const open = async () => asWitness(await sessions.open(), facts)
  const [second, ...rest] = await Promise.all(Array.from({ length: FURTHER_WITNESSES }, open))
  return {
    ...given,
    facts,
    settings,
    locking: new Locking(dialectOf(facts)),
    witnesses: [first, second!, ...rest],
    open,
  }
}

async function asWitness(session: Session, facts: ServerFacts): Promise<Witness> {
  return { ...session, identity: await identify(session.query, facts) }
}
