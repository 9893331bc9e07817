import { usageError } from './cli-error.js'

/** Calls what does nothing but check, and refuses wrong arguments with a TypeError or a RangeError: they are the user's. @throws {CliError} */
export function asUsage<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw usageError(error.message)
    throw error
  }
}
