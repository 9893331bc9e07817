import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import pc from 'picocolors'
import { completionCommand } from './commands/completion.js'
import { doctorCommand } from './commands/doctor.js'
import { killCommand } from './commands/kill.js'
import { lsCommand } from './commands/ls.js'
import { runCommand } from './commands/run.js'
import { watchCommand } from './commands/watch.js'
import { examples } from './examples.js'
import { isColourful, say, STDERR, STDOUT } from './output.js'

/** Everything that `ormutex` can do. */
export function buildProgram(): Command {
  const program = new Command('ormutex')
    .description(
      'Named locks of MySQL and MariaDB: runs commands under them, shows who has them, checks that they are locks',
    )
    .version(version(), '-V, --version', 'the version number')
    .helpCommand('help [command]', 'Shows the help of a command')
    .addHelpText(
      'after',
      examples([
        'DATABASE_URL=mysql://app@db/shop ormutex run nightly-report -- node report.js',
        'ormutex ls',
        'ormutex doctor',
        'ormutex run --help',
      ]),
    )
  const commands = [runCommand(), lsCommand(), watchCommand(), killCommand(), doctorCommand(), completionCommand()]
  for (const command of commands) program.addCommand(command)
  for (const command of [program, ...commands]) {
    command
      .exitOverride()
      .addHelpOption(new Option('-h, --help', 'this help').helpGroup('Options:'))
      .configureHelp({
        styleTitle: (title) => pc.createColors(true).bold(title),
        subcommandTerm: (subcommand) => `${subcommand.name()} ${subcommand.usage()}`,
      })
      // Titles are always bold, and no longer so where this says no. By itself it would say no wherever CI is set, at a terminal too.
      .configureOutput({
        getOutHasColors: () => isColourful(STDOUT),
        getErrHasColors: () => isColourful(STDERR),
        outputError: (text) =>
          say(
            text
              .trim()
              .replace(/^error: /, '')
              .replace('\n', ' '),
          ),
      })
  }
  return program
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}
