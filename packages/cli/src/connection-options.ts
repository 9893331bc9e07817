import { type Command, InvalidArgumentError, Option } from 'commander'

/** Where the database is, as it was typed. */
export interface ConnectionOptions {
  readonly url?: string
  readonly defaultsFile?: string
  readonly namespace?: string
}

/** The options of every command that speaks to the database. */
export function withConnectionOptions(command: Command): Command {
  return command
    .optionsGroup('Connection:')
    .addOption(new Option('--url <url>', 'mysql://user@host:port/database; rather set DATABASE_URL, which hides it'))
    .addOption(
      new Option(
        '--defaults-file <file>',
        'MySQL option file, read instead of ~/.my.cnf; before DATABASE_URL',
      ).conflicts('url'),
    )
    .addOption(
      new Option('--namespace <namespace>', "that of the application; without one, it is the connection's database")
        .env('ORMUTEX_NAMESPACE')
        .argParser(namespace),
    )
    .addHelpText('after', ENVIRONMENT)
}

/** For commands that name a lock. */
export function exactNameOption(): Option {
  return new Option('--exact-name', 'the name is the key itself, as another program takes it: 1-64 of [a-z0-9:._~-]')
}

/** Empty is what a variable that is not set makes of it: keys would be others than those of the application. */
function namespace(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError("Expected the application's namespace; left out, it is the connection's database.")
}

const ENVIRONMENT = `
The database is the one of the first of these that is there:
  --url, --defaults-file, DATABASE_URL, ~/.my.cnf (groups [client] and [ormutex])
Only locks of the same namespace exclude each other, so it has to be that of the
application: namedLocks(…, { namespace }). The first of these that is there:
  --namespace, ORMUTEX_NAMESPACE, the name of the database in the URL or file
ORMUTEX_SECRET makes keys unguessable, as the library's option secret does.`
