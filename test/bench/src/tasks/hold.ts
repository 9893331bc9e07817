import { now } from '../clock.js'
import type { Client, Held } from '../contender.js'

export interface HoldOrder {
  contender: string
  name: string
}

const held = new Map<string, Held>()

/** Takes the name and keeps it. Answers when it was granted, by the shared clock. */
export async function hold(clientOf: (id: string) => Client, { contender, name }: HoldOrder): Promise<number> {
  const lock = await clientOf(contender).acquire(name)
  const grantedAt = now()
  held.set(`${contender} ${name}`, lock)
  return grantedAt
}

/** Gives back what `hold` took. Answers when it began to, by the shared clock. */
export async function letGo(_: (id: string) => Client, { contender, name }: HoldOrder): Promise<number> {
  const lock = held.get(`${contender} ${name}`)
  if (lock === undefined) throw new Error(`Asked to release ${name}, which is not held`)
  held.delete(`${contender} ${name}`)
  const releasedAt = now()
  await lock.release()
  return releasedAt
}

/** Gives back whatever is held, as far as that goes: something has failed. */
export async function drop(): Promise<void> {
  const locks = [...held.values()]
  held.clear()
  await Promise.allSettled(locks.map((lock) => lock.release()))
}
