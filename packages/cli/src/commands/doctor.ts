import { Command, Option } from 'commander'
import { type ConnectionOptions, withConnectionOptions } from '../connection-options.js'
import { destinationOf } from '../destination.js'
import { examine } from '../doctor/examine.js'
import { isGreen } from '../doctor/is-green.js'
import { reportJson } from '../doctor/report-json.js'
import { findingText, summaryText } from '../doctor/report-text.js'
import { Sessions } from '../doctor/sessions.js'
import { durationOption } from '../durations.js'
import { examples } from '../examples.js'
import { EXIT } from '../exit-codes.js'
import { colours, print } from '../output.js'

interface DoctorOptions extends ConnectionOptions {
  readonly allowNodeLocalLocks?: boolean
  readonly json?: boolean
  readonly timeout: number
}

const DEFAULT_TIMEOUT_MS = 10_000
/** Of output that goes to no terminal, and the most that reads well on one. */
const COLUMNS = { usual: 80, most: 120 }

const MEANINGS = `
Looks at the server and at what is in between, takes locks with names of its own
on several connections, and says what was found, why it matters and what to do.
Exit codes: 0 green, with or without warnings; 1 red, also when there is no
connection; 64 wrong arguments.`

/** `ormutex doctor` */
export function doctorCommand(): Command {
  return withConnectionOptions(
    new Command('doctor')
      .description('Tells whether a lock taken here is one, and what to do')
      .option('--json', 'one object for programs, not lines for people')
      .addOption(
        durationOption('--timeout <duration>', 'longest time for all of it; a server that hangs is red').default(
          DEFAULT_TIMEOUT_MS,
          '10s',
        ),
      )
      .addOption(
        new Option(
          '--allow-node-local-locks',
          'all who take locks go to this one node of a cluster, as allowNodeLocalLocks in the library',
        ),
      ),
  )
    .addHelpText('after', MEANINGS)
    .addHelpText(
      'after',
      examples([
        'DATABASE_URL=mysql://app@db/shop ormutex doctor',
        'ormutex doctor --defaults-file ./app.cnf --timeout 30s',
        `ormutex doctor --json | jq '.findings[] | select(.level != "ok")'`,
      ]),
    )
    .action(doctor)
}

async function doctor({
  allowNodeLocalLocks = false,
  json = false,
  timeout: timeoutMs,
  ...connection
}: DoctorOptions): Promise<void> {
  const { settings, target } = destinationOf(connection)
  const page = { colours: colours(), columns: Math.min(process.stdout.columns ?? COLUMNS.usual, COLUMNS.most) }
  const diagnosis = await examine({
    sessions: new Sessions(settings),
    target,
    host: settings.socketPath === undefined ? settings.host : undefined,
    allowNodeLocalLocks,
    timeoutMs,
    ...(!json && { onFinding: (finding) => print(findingText(finding, page)) }),
  })
  print(json ? JSON.stringify(reportJson(target, diagnosis), null, 2) : `\n${summaryText(diagnosis, page)}`)
  process.exitCode = isGreen(diagnosis) ? EXIT.ok : EXIT.no
}
