import { ownerOf } from '../accounts.js'
import { accountOfSession, nameOf, readLocks } from './database.js'
import type { Field, Victim } from './field.js'

/** Sessions of workers that hold locks (`GRANTED`) or wait for one (`PENDING`). */
export async function victimsIn(field: Field, status: 'GRANTED' | 'PENDING'): Promise<Victim[]> {
  const locks = (await readLocks(field.line)).filter((lock) => lock.status === status)
  const victims = new Map<string, Victim>()
  for (const { session, account, key } of locks) {
    const owner = ownerOf(account)
    if (owner === undefined) continue
    const names = [...(victims.get(session)?.names ?? []), nameOf(key)]
    victims.set(session, { session, ...owner, names })
  }
  return [...victims.values()]
}

/** A session of a worker's; undefined when it is gone, or nobody's. */
export async function victimOf({ line }: Field, session: string): Promise<Victim | undefined> {
  const owner = ownerOf((await accountOfSession(line, session)) ?? '')
  if (owner === undefined) return undefined
  const locks = await readLocks(line)
  return { session, ...owner, names: locks.filter((lock) => lock.session === session).map(({ key }) => nameOf(key)) }
}
