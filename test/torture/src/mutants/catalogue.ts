import { ORDER } from './catalogue/order.js'
import { OUTCOMES } from './catalogue/outcomes.js'
import { RELEASING } from './catalogue/releasing.js'
import { WAITING } from './catalogue/waiting.js'
import type { Mutant } from './mutant.js'

/** Every mutant that the torture has to catch. */
export const MUTANTS: readonly Mutant[] = [...ORDER, ...WAITING, ...OUTCOMES, ...RELEASING]

/** @throws {RangeError} */
export function findMutant(id: string): Mutant {
  const mutant = MUTANTS.find((each) => each.id === id)
  if (mutant === undefined) throw new RangeError(`No mutant is called ${JSON.stringify(id)}`)
  return mutant
}
