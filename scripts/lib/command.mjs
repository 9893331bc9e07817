import { paint, say } from './steps.mjs'
import { setUp } from './workspace.mjs'

/** What a shell expects of a program that a signal ended: 128 plus the signal's number. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/**
 * Runs a root command that sets everything up first and can be interrupted; its failure is said in red and ends in exit code 1.
 *
 * @param help what `--help` prints
 * @param parseOptions answers null when it was asked for help
 * @param work gets the options and the signal that is aborted on SIGINT and the like
 */
export async function runCommand(help, parseOptions, work) {
  const interrupt = new AbortController()
  const stop = (signalName) => {
    say('Stopping')
    interrupt.abort(signalName)
  }
  try {
    const options = parseOptions()
    if (options === null) return console.log(help)
    await setUp()
    // The second one ends this process at once.
    for (const name of Object.keys(EXIT_CODES)) process.once(name, () => stop(name))
    await work(options, interrupt.signal)
  } catch (error) {
    // A start that was under way may keep this process busy; what it has started ends with this process.
    if (interrupt.signal.aborted) process.exit(EXIT_CODES[interrupt.signal.reason])
    console.error(paint('red', error instanceof Error ? error.message : String(error)))
    process.exitCode = 1
  }
}
