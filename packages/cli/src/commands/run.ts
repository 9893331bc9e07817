import { Command, InvalidArgumentError, Option } from 'commander'
import { LockTimeoutError } from '@ormutex/core'
import type { Lock, PoolLocks } from '@ormutex/mysql2'
import type { Connection } from 'mysql2'
import { CliError, usageError } from '../cli-error.js'
import { withLocks } from '../connect.js'
import { type ConnectionOptions, exactNameOption, withConnectionOptions } from '../connection-options.js'
import { DURATION_FORMS, durationOption, parseDuration, parsePositiveDuration } from '../durations.js'
import { examples } from '../examples.js'
import { EXIT } from '../exit-codes.js'
import { checkLockName } from '../lock-name.js'
import { say } from '../output.js'
import { exitCodeOf, InterruptedError, SignalRelay } from '../run/signals.js'
import { supervise } from '../run/supervise.js'

interface RunOptions extends ConnectionOptions {
  readonly timeout: number
  readonly holdTimeout: number
  readonly orphanTimeout?: number
  readonly grace: number
  readonly conflictExitCode: number
  readonly exactName?: boolean
}

/** The servers' own limit of `wait_timeout`: a year. */
const LONGEST_ORPHAN_TIMEOUT_MS = 365 * 86_400_000

/** `ormutex run <name> -- <command…>` */
export function runCommand(): Command {
  const command = new Command('run')
    .description('Runs a command under a lock, and ends with its exit code')
    .usage('[options] <name> -- <command...>')
    .argument('<name>', 'what to lock')
    .argument('<command...>', 'what to run, after --, with its own options')
    .addOption(durationOption('--timeout <duration>', 'longest wait for the lock; 0 asks once').default(10_000, '10s'))
    .addOption(
      durationOption('--hold-timeout <duration>', 'longest time for the command, then it is ended')
        .argParser(parsePositiveDuration)
        .default(Infinity, 'none'),
    )
    .addOption(
      durationOption(
        '--orphan-timeout <duration>',
        "how long the server keeps the lock of a host that was cut off; whole seconds (default: the server's wait_timeout)",
      ).argParser(parseOrphanTimeout),
    )
    .addOption(
      durationOption('--grace <duration>', 'from SIGTERM to SIGKILL, when the command is ended').default(10_000, '10s'),
    )
    .addOption(
      new Option('--conflict-exit-code <code>', 'exit code when somebody else has the lock')
        .argParser(parseExitCode)
        .default(EXIT.conflict),
    )
    .addOption(exactNameOption())
    .showHelpAfterError('(ormutex run --help shows how; the command to run, with its options, goes after --)')
    .action(async (name: string, words: string[], options: RunOptions) => {
      checkSystem()
      checkDashes(words)
      checkLockName(name, options.exactName)
      process.exitCode = await run(name, words, options)
    })
  return withConnectionOptions(command)
    .addHelpText('after', `\nDurations: ${DURATION_FORMS}.\n\n${EXIT_CODES}`)
    .addHelpText(
      'after',
      examples([
        'ormutex run nightly-report -- node report.js',
        'ormutex run deploy --timeout 10m -- npx knex migrate:latest --env production',
        'ormutex run sync --timeout 0 --conflict-exit-code 0 -- ./sync.sh      # cron: skip when it still runs',
        "ormutex run backup --hold-timeout 1h -- sh -c 'dump | gzip > dump.gz'",
      ]),
    )
}

const EXIT_CODES = `Exit codes: the command's, 128+n when signal n ended it, and
  64   wrong arguments                  69   no database, or it gives no lock
  75   somebody else has the lock       76   lock lost or held too long: command ended
  126  the command cannot be run        127  there is no such command
The command sees ORMUTEX_NAME, ORMUTEX_KEY and ORMUTEX_TOKEN, and where a
namespace is given ORMUTEX_NAMESPACE.`

async function run(name: string, words: readonly string[], options: RunOptions): Promise<number> {
  const signals = new SignalRelay()
  try {
    return await withLocks(options, async ({ locks, pool, settings, target }) => {
      const connections: Connection[] = []
      pool.pool.on('connection', (connection) => connections.push(connection))
      const lock = await acquire(locks, name, options, signals.interruption).catch(nameTarget(target))
      // Closing the pool releases the lock.
      const limits = { graceMs: options.grace, holdTimeoutMs: options.holdTimeout }
      const own = connections.find(({ threadId }) => String(threadId) === lock.sessionId)
      const { namespace } = options
      return supervise(words, lock, { namespace, witnesses: { own, settings }, signals, limits })
    })
  } catch (error) {
    if (error instanceof InterruptedError) return exitCodeOf(error.signal)
    if (!(error instanceof LockTimeoutError) || error.reason !== 'taken') throw error
    say(error.message)
    return options.conflictExitCode
  }
}

function acquire(locks: PoolLocks, name: string, options: RunOptions, signal: AbortSignal): Promise<Lock> {
  const { timeout: timeoutMs, orphanTimeout: orphanTimeoutMs, exactName } = options
  return locks.acquireNamedLock(name, { signal, timeoutMs, orphanTimeoutMs, exactName })
}

/** Where there is one connection only, nobody has heard of a pool. */
function nameTarget(target: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LockTimeoutError) || error.reason !== 'pool') throw error
    throw new CliError(`no connection to ${target} in time`, EXIT.unavailable, { cause: error })
  }
}

/** What keeps a command from running on without its lock is made of these. */
function checkSystem(): void {
  if (process.platform !== 'win32') return
  throw new CliError('run needs the signals and process groups of Unix, which Windows does not have', EXIT.unavailable)
}

/** Without `--`, an option of the command would be taken for one of `run`, or not be known. */
function checkDashes(words: readonly string[]): void {
  const dashes = process.argv.indexOf('--')
  if (words[0] === '') throw usageError('run: the command is an empty word')
  if (dashes !== -1 && process.argv.length - dashes - 1 === words.length) return
  throw usageError('run: expected one name, then --, then the command: ormutex run <name> -- <command...>')
}

/** What servers take as `wait_timeout`. */
function parseOrphanTimeout(text: string): number {
  const duration = parseDuration(text)
  if (duration >= 1_000 && duration <= LONGEST_ORPHAN_TIMEOUT_MS && duration % 1_000 === 0) return duration
  throw new InvalidArgumentError('Expected whole seconds, 1s to 365d.')
}

function parseExitCode(text: string): number {
  const code = Number(text)
  if (/^\d+$/.test(text) && code <= 255) return code
  throw new InvalidArgumentError('Expected a number from 0 to 255.')
}
