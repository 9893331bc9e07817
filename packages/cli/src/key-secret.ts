import { usageError } from './cli-error.js'
import { hideSecret } from './secrets.js'

/** What the environment has keys made with. @throws {CliError} */
export function keySecret({ ORMUTEX_SECRET }: NodeJS.ProcessEnv = process.env): string | undefined {
  if (ORMUTEX_SECRET === '') {
    throw usageError('ORMUTEX_SECRET is set, but empty: without it, keys would be others than those of the rest')
  }
  if (ORMUTEX_SECRET !== undefined) hideSecret(ORMUTEX_SECRET)
  return ORMUTEX_SECRET
}
