import { Command, InvalidArgumentError, Option } from 'commander'
import { type ConnectionOptions, withConnectionOptions } from '../connection-options.js'
import { parseDuration } from '../durations.js'
import { examples } from '../examples.js'
import { watchInLines } from '../watch/in-lines.js'
import { watchOnScreen } from '../watch/on-screen.js'
import { withServer } from '../with-server.js'

interface WatchOptions extends ConnectionOptions {
  readonly all?: true
  readonly interval: number
}

/** Shorter than this the looks themselves would be the server's load, in milliseconds. */
const SHORTEST_INTERVAL_MS = 100
/** A day; longer, timers end at once. */
const LONGEST_INTERVAL_MS = 86_400_000

const MEANINGS = `
Keys: q ends it.
A time with ≥ had begun before it was seen, and is a lower bound. One without
is counted from the look at which its begin was seen, and exact to within one
--interval. What begins and ends between two looks is not seen.
When standard output is no terminal, each change is a line: held (it was so when
it came into sight), taken, released, waiting, left (waits no more, without the
lock), away and back (the server).
When the server goes away, that is shown, and it is asked again and again.
Takes no lock, and changes nothing.
Exit codes: 0 after q; 130, 143, 129, 131 after Ctrl-C, SIGTERM, SIGHUP,
SIGQUIT; 64 wrong arguments; 69 the server cannot be asked to begin with.`

/** `ormutex watch` */
export function watchCommand(): Command {
  return withConnectionOptions(
    new Command('watch')
      .description('Shows who has which lock and who waits, as it changes')
      .option('--all', 'all named locks of the server, not only those of the namespace')
      .addOption(
        new Option('--interval <duration>', 'time from one look to the next, 100ms to 1d')
          .argParser(interval)
          .default(1_000, '1s'),
      ),
  )
    .addHelpText('after', MEANINGS)
    .addHelpText(
      'after',
      examples(['ormutex watch', 'ormutex watch --all --interval 5s', 'ormutex watch >> locks.log']),
    )
    .action((options: WatchOptions) => watch(options))
}

async function watch(options: WatchOptions): Promise<void> {
  const watching = await withServer(options, ({ settings, target, scope }) => ({
    settings,
    target,
    scope,
    isAll: options.all === true,
    intervalMs: options.interval,
  }))
  const hasScreen = process.stdout.isTTY && process.env['TERM'] !== 'dumb'
  process.exitCode = await (hasScreen ? watchOnScreen(watching) : watchInLines(watching))
}

function interval(text: string): number {
  const ms = parseDuration(text)
  if (ms >= SHORTEST_INTERVAL_MS && ms <= LONGEST_INTERVAL_MS) return ms
  throw new InvalidArgumentError('Expected 100ms to 1d.')
}
