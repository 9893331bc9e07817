import { EXIT } from './exit-codes.js'

/** Ends a command with one line on standard error and an exit code. */
export class CliError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.unavailable, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

/** For what was typed, or set in the environment, or written in an option file. */
export function usageError(message: string): CliError {
  return new CliError(message, EXIT.usage)
}
