import type { Contender } from '../contender.js'
import { byHand } from './by-hand.js'
import { ormutex } from './ormutex.js'
import { packages } from './packages.js'

/** Everyone there is, in the order of tables. */
export const CONTENDERS: readonly Contender[] = [...ormutex, ...byHand, ...packages]

export function contender(id: string): Contender {
  const found = CONTENDERS.find((candidate) => candidate.id === id)
  if (found === undefined) throw new Error(`There is no contender ${id}`)
  return found
}
