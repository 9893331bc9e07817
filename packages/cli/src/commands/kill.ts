import { Command } from 'commander'
import { CliError, usageError } from '../cli-error.js'
import { type ConnectionOptions, exactNameOption, withConnectionOptions } from '../connection-options.js'
import { examples } from '../examples.js'
import { EXIT } from '../exit-codes.js'
import { confirm } from '../kill/confirm.js'
import { type Ended, endHolder, type SeenHolder, seeHolder } from '../kill/end-holder.js'
import { colours, print, say } from '../output.js'
import { describeSession } from '../show/describe-session.js'
import { lockLines, timedByServer } from '../show/lock-lines.js'
import { viewLock } from '../show/lock-view.js'
import { paint } from '../show/paint.js'
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
64 no terminal to ask on and no --yes; 69 the server cannot be asked; 75 the
server was told, but the session still has the lock, since what it does has to
be ended and rolled back first.`

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
    if (seen === null) throw new CliError(`nobody has the lock ${JSON.stringify(name)}`, EXIT.no)
    show(seen, name, server)
    const { holder } = seen.lock
    if (options.yes !== true && !(await isConfirmed(holder.sessionId))) {
      throw new CliError('nothing was ended', EXIT.no)
    }
    report(await endHolder(server.query, seen), holder.sessionId)
  })
}

function show({ lock }: SeenHolder, name: string, { scope }: Server): void {
  const shown = { ...timedByServer(viewLock(lock, scope)), name }
  const look = colours()
  const lines = lockLines([shown], { columns: process.stdout.columns || undefined, overflow: 'wrap' })
  for (const line of lines) print(paint(line, look))
}

async function isConfirmed(sessionId: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError('there is no terminal to ask on: with --yes the holder is ended without a question')
  }
  return confirm(`End session ${sessionId}? What it has not committed is rolled back.`)
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
