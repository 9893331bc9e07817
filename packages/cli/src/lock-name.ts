import { checkTarget, isExactKey } from '@ormutex/core'
import { asUsage } from './as-usage.js'
import { usageError } from './cli-error.js'

/** Refuses what cannot be the name of a lock. @throws {CliError} */
export function checkLockName(name: string, exactName = false): void {
  if (exactName && !isExactKey(name)) {
    throw usageError('with --exact-name a name must be 1 to 64 characters of [a-z0-9:._~-], got another one')
  }
  asUsage(() => checkTarget(name, exactName))
}
