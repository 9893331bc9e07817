import { Command, InvalidArgumentError, Option } from 'commander'
import { deriveKey, LockTimeoutError } from '@ormutex/core'
import type { Lock } from '@ormutex/mysql2'
import type { Connection } from 'mysql2'
import { CliError, usageError } from '../cli-error.js'
import { type Connected, withLocks } from '../connect.js'
import { type ConnectionOptions, exactNameOption, withConnectionOptions } from '../connection-options.js'
import { DURATION_FORMS, durationOption, parseDuration, parsePositiveDuration } from '../durations.js'
import { examples } from '../examples.js'
import { EXIT } from '../exit-codes.js'
import { checkLockName } from '../lock-name.js'
import { say } from '../output.js'
import { describeRefusal } from '../run/refusal.js'
import { exitCodeOf, InterruptedError, SignalRelay } from '../run/signals.js'
import { supervise } from '../run/supervise.js'
import { describeNamespace } from '../show/elsewhere.js'

interface RunOptions extends ConnectionOptions {
  readonly timeout: number
  readonly holdTimeout: number
  readonly orphanTimeout?: number
  readonly grace: number
  readonly conflictExitCode: number
  readonly quiet?: true
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
    .option('-q, --quiet', 'say nothing when somebody else has the lock; errors and losses are still said')
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
        'export DATABASE_URL=mysql://app@db/shop_production ORMUTEX_NAMESPACE=shop',
        'ormutex run report -- node report.js',
        'ormutex run deploy --timeout 10m -- npx knex migrate:latest --env production',
        "ormutex run backup --hold-timeout 1h -- sh -c 'dump | gzip > dump.gz'",
      ]),
    )
    .addHelpText('after', CRON)
}

const CRON = `In a crontab, on every host; skips the run while the last one is still at it:
  */5 * * * *  ormutex run sync -q --timeout 0 --conflict-exit-code 0 -- ./sync.sh
  0 3 * * *    ormutex run nightly -q --timeout 0 --conflict-exit-code 0 -- ./nightly.sh
The lock alone does not make that once per night: a host whose clock is late
finds it free again, and runs the command a second time. nightly.sh itself has
to look up, and to write down, that the day is done (docs/recipes, "One job per
cluster").`

const EXIT_CODES = `Exit codes: the command's, 128+n when signal n ended it, and
  64   wrong arguments                  69   no database, or it gives no lock
  75   somebody else has the lock       76   lock lost or held too long: command ended
  126  the command cannot be run        127  there is no such command
The command sees ORMUTEX_NAME, ORMUTEX_KEY and ORMUTEX_TOKEN, and where a
namespace is given ORMUTEX_NAMESPACE. nohup does not keep it from ending with
its terminal; setsid does: setsid ormutex run …`

async function run(name: string, words: readonly string[], options: RunOptions): Promise<number> {
  const signals = new SignalRelay()
  try {
    return await withLocks(options, async (connected) => {
      const { pool, settings } = connected
      const connections: Connection[] = []
      pool.pool.on('connection', (connection) => connections.push(connection))
      const lock = await acquire(connected, name, options, signals.interruption)
      if (lock === null) return options.conflictExitCode
      if (isOfEmptyNamespace(lock, options, connected)) say(describeEmptyNamespace(name))
      // Closing the pool releases the lock.
      const limits = { graceMs: options.grace, holdTimeoutMs: options.holdTimeout }
      const own = connections.find(({ threadId }) => String(threadId) === lock.sessionId)
      const { namespace } = options
      return supervise(words, lock, { namespace, witnesses: { own, settings }, signals, limits })
    })
  } catch (error) {
    if (error instanceof InterruptedError) return exitCodeOf(error.signal)
    throw error
  }
}

/** `null` when somebody else has it, which has been said then. @throws {CliError} where there was no connection to ask on */
async function acquire(
  connected: Connected,
  name: string,
  options: RunOptions,
  signal: AbortSignal,
): Promise<Lock | null> {
  const { timeout: timeoutMs, orphanTimeout: orphanTimeoutMs, exactName, namespace } = options
  try {
    return await connected.locks.acquireNamedLock(name, { signal, timeoutMs, orphanTimeoutMs, exactName })
  } catch (error) {
    if (!(error instanceof LockTimeoutError)) throw error
    if (error.reason === 'pool') {
      // Where there is one connection only, nobody has heard of a pool.
      throw new CliError(`no connection to ${connected.target} in time`, EXIT.unavailable, { cause: error })
    }
    if (options.quiet !== true) say(await describeRefusal(error, { name, namespace, exactName, signal }, connected))
    return null
  }
}

/** The key tells, whatever the server or a proxy takes for the current database of a connection that names none. */
function isOfEmptyNamespace({ name, key }: Lock, { namespace, exactName }: RunOptions, { secret }: Connected): boolean {
  return namespace === undefined && exactName !== true && key === deriveKey('', name, secret)
}

function describeEmptyNamespace(name: string): string {
  return (
    `the lock ${JSON.stringify(name)} is taken in ${describeNamespace('')}, so it excludes nobody who has either; ` +
    '--namespace, ORMUTEX_NAMESPACE or a database in the URL says which one is meant'
  )
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
