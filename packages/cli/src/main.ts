import { CommanderError } from 'commander'
import { CliError } from './cli-error.js'
import { describeError, isOfDatabase } from './describe-error.js'
import { EXIT } from './exit-codes.js'
import { say } from './output.js'
import { buildProgram } from './program.js'

/** Runs what was typed, and ends the process with its exit code. */
export async function main(typed: readonly string[]): Promise<never> {
  // What nobody caught, Node would print as it is.
  process.on('uncaughtException', (error) => process.exit(report(error)))
  try {
    await buildProgram().parseAsync(spreadFlags(typed), { from: 'user' })
  } catch (error) {
    process.exitCode = report(error)
  }
  // A connection that does not answer would keep the process; all that was to be said has been written.
  process.exit()
}

/** `--flag=value` as two words, up to `--`: a message that quotes an unknown flag does not quote its value. */
function spreadFlags(typed: readonly string[]): string[] {
  const end = typed.indexOf('--')
  const own = end === -1 ? typed : typed.slice(0, end)
  const spread = own.flatMap((word) => {
    const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? []
    return flag === undefined ? [word] : [flag, value!]
  })
  return [...spread, ...(end === -1 ? [] : typed.slice(end))]
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
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return EXIT.software
}
