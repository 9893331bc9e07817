import { CommanderError } from 'commander'
import { CliError } from './cli-error.js'
import { describeError, isOfDatabase } from './describe-error.js'
import { EXIT } from './exit-codes.js'
import { say } from './output.js'
import { buildProgram } from './program.js'
import { withoutStrayValues } from './typed-flags.js'

/** Runs what was typed, and ends the process with its exit code. */
export async function main(typed: readonly string[]): Promise<never> {
  // What nobody caught, Node would print as it is.
  process.on('uncaughtException', (error) => process.exit(report(error)))
  try {
    const program = buildProgram()
    await program.parseAsync(withoutStrayValues(typed, program), { from: 'user' })
  } catch (error) {
    process.exitCode = report(error)
  }
  // A connection that does not answer would keep the process; all that was to be said has been written.
  process.exit()
}

function report(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof CliError) {
    say(error.message)
    return error.exitCode
  }
  if (isOfDatabase(error)) {
    say(describeError(error))
    return EXIT.unavailable
  }
  for (const line of (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n')) say(line)
  return EXIT.software
}
