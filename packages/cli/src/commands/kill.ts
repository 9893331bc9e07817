import { Command } from 'commander'
import { surveyLocks } from '@ormutex/core/sql'
import { CliError, usageError } from '../cli-error.js'
import { type ConnectionOptions, exactNameOption, withConnectionOptions } from '../connection-options.js'
import { examples } from '../examples.js'
import { EXIT } from '../exit-codes.js'
import { confirm } from '../kill/confirm.js'
import { type Ended, endHolder, type SeenHolder, seeHolder } from '../kill/end-holder.js'
import { colours, print, say } from '../output.js'
import { describeSession } from '../show/describe-session.js'
import { describeNamespace, listed, namesakes, namespaceFlag, namespacesOf } from '../show/elsewhere.js'
import { lockLines, timedByServer } from '../show/lock-lines.js'
import { viewLock } from '../show/lock-view.js'
import { paint } from '../show/paint.js'
import { describeUntoldTimes } from '../show/untold-times.js'
import { type Server, withServer } from '../with-server.js'

interface KillOptions extends ConnectionOptions {
  readonly yes?: true
  readonly exactName?: true
}

const MEANINGS = `
Shows who has the lock, asks, looks again, and ends that connection if it is
still the same one and still has the lock. The server rolls back what it has
not committed, and its process is told that the lock is lost.
Exit codes: 0 the connection is ended; 1 nothing was done: nobody has the lock,
the answer was no, somebody else has it by now, or the account may not end it;
64 wrong arguments, or no terminal to ask on and no --yes; 69 the server cannot
be asked; 75 the server was told, but the session still has the lock, since what
it does has to be ended and rolled back first.`

/** `ormutex kill` */
export function killCommand(): Command {
  return withConnectionOptions(
    new Command('kill')
      .description("Ends the connection of a lock's holder, after showing it and asking")
      .argument('<name>', 'the name of the lock; with --exact-name its key, as "ormutex ls" shows it')
      .option('--yes', 'do not ask')
      .addOption(exactNameOption()),
  )
    .addHelpText('after', MEANINGS)
    .addHelpText(
      'after',
      examples([
        'ormutex kill user:42',
        'ormutex kill --yes --namespace shop nightly-report',
        'ormutex kill --exact-name user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q',
      ]),
    )
    .action((name: string, options: KillOptions) => kill(name, options))
}

async function kill(name: string, options: KillOptions): Promise<void> {
  await withServer(options, async (server) => {
    const key = await server.keyOf(name, options.exactName)
    const seen = await seeHolder(server.query, key)
    if (seen === null) throw new CliError(await whyNobody(name, server, options), EXIT.no)
    const { holder } = seen.lock
    for (const sentence of untold(seen, server)) say(sentence)
    if (options.yes !== true && canAsk()) await ask(seen, name, server)
    else {
      print(shown(seen, name, server, process.stdout))
      if (options.yes !== true) throw usageError(NOBODY_TO_ASK)
    }
    report(await endHolder(server.query, seen), holder.sessionId)
  })
}

/** What was meant may be the lock of that name in another namespace. */
async function whyNobody(name: string, { query, scope }: Server, { exactName }: KillOptions): Promise<string> {
  const title = `nobody has the lock ${JSON.stringify(name)}`
  if (exactName === true) return title
  const { entries, listsHeld } = await surveyLocks(query)
  const alike = namesakes(entries, name, scope)
  const here = `${title} in ${describeNamespace(scope.namespace)}`
  if (alike.length === 0) {
    return listsHeld ? here : `${here}; whether somebody has in another one, this account is not shown`
  }
  const places = namespacesOf(alike)
  if (places.length === 0)
    return `${here}; in one that is not shown, somebody may: "ormutex ls --all" with the name tells`
  return [`${here}, but somebody has in ${listed(places)}`, ...namespaceFlag(places)].join(': ')
}

/** Why so little is known of who is about to be ended. */
function untold({ lock }: SeenHolder, { scope }: Server): string[] {
  if (lock.holder.user === undefined) return [UNSHOWN]
  return [describeUntoldTimes([viewLock(lock, scope)]) ?? []].flat()
}

const UNSHOWN =
  'Of sessions of other accounts no more than the id is shown: this account lacks the PROCESS privilege. GRANT PROCESS ON *.* shows them.'

const NOBODY_TO_ASK = 'there is no terminal to ask on: with --yes the holder is ended without a question'

function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Shows the holder where the question stands: standard output may go elsewhere. @throws {CliError} unless the answer is yes */
async function ask(seen: SeenHolder, name: string, server: Server): Promise<void> {
  const { sessionId } = seen.lock.holder
  const question = `End session ${sessionId}? What it has not committed is rolled back.`
  const isConfirmed = await confirm(`${shown(seen, name, server, process.stderr)}\n${question}`)
  if (!isConfirmed) throw new CliError('nothing was ended', EXIT.no)
}

function shown({ lock }: SeenHolder, name: string, { scope }: Server, { columns }: { columns: number }): string {
  const timed = { ...timedByServer(viewLock(lock, scope)), name }
  const look = colours()
  const lines = lockLines([timed], { columns: columns || undefined, overflow: 'wrap' })
  return lines.map((line) => paint(line, look)).join('\n')
}

function report(ended: Ended, sessionId: string): void {
  switch (ended.what) {
    case 'ended':
      say(`session ${sessionId} is ended; ${whoHas(ended.after)}`)
      return
    case 'ending':
      throw new CliError(
        `session ${sessionId} was told to end, but still has the lock: the server is ending what it runs and rolling back what it did`,
        EXIT.conflict,
      )
    case 'changed':
      throw new CliError(
        `session ${sessionId} does not have the lock any more, so nothing was ended; ${whoHas(ended.after)}`,
        EXIT.no,
      )
    case 'restarted':
      throw new CliError(
        `nothing was ended: the server was started again meanwhile, so session ${sessionId} is not the one that was shown`,
        EXIT.no,
      )
    case 'denied':
      throw new CliError(`this account may not end session ${sessionId}: ${ended.message}`, EXIT.no)
  }
}

function whoHas(lock: SeenHolder['lock'] | Extract<Ended, { what: 'changed' }>['after']): string {
  if (lock?.holder == null) return 'nobody has the lock now'
  return `${describeSession(lock.holder)} has it now`
}
