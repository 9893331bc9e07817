import { findMutant } from './catalogue.js'

/** Names the mutant to a worker. */
export const MUTANT_VARIABLE = 'ORMUTEX_TORTURE_MUTANT'

/** What a worker exits with when its mutant does not apply to the library as it was built. */
export const UNAPPLIED_EXIT_CODE = 86

/** How a worker is to be forked to run on a mutant of the library. @throws {RangeError} for an id that is none */
export function applyMutant(id: string): { readonly execArgv: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  findMutant(id)
  return { execArgv: ['--import', new URL('preload.js', import.meta.url).href], env: { [MUTANT_VARIABLE]: id } }
}
