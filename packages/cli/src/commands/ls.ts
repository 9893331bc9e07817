import { Command } from 'commander'
import { type SurveyedLock, surveyLocks } from '@ormutex/core/sql'
import { type ConnectionOptions, exactNameOption, withConnectionOptions } from '../connection-options.js'
import { examples } from '../examples.js'
import { colours, print, say } from '../output.js'
import { describeFree, describeNamespace, describeStrangers, namesakes, strangers } from '../show/elsewhere.js'
import { lockLines, timedByServer, UNKNOWN_MARK } from '../show/lock-lines.js'
import { type LockView, type Scope, viewLock, viewLocks } from '../show/lock-view.js'
import { paint } from '../show/paint.js'
import { surveyJson } from '../show/survey-json.js'
import { describeUntoldTimes } from '../show/untold-times.js'
import { withServer } from '../with-server.js'

interface LsOptions extends ConnectionOptions {
  readonly json?: true
  readonly all?: true
  readonly exactName?: true
}

const MEANINGS = `
With names, only those locks are shown, also when they are free; a server that
lists no locks tells of those that it is asked for. With --all those of the same
name in other namespaces, too, as far as the server shows namespaces.
A time with ≥ is a lower bound: the server keeps no time of a grant, it tells
for how long the session has been in its present state. ? stands for a time
that it does not tell, and before a lock of which the namespace is not known.
What the server does not show, and why, is said on standard error.
An account without rights is mostly shown no more than the locks that its own
sessions wait for, and those that it asks for by name, which needs no rights.
Takes no lock, and changes nothing.
Exit codes: 0, also when nothing is locked; 64 wrong arguments; 69 the server
cannot be asked.`

/** `ormutex ls` */
export function lsCommand(): Command {
  return withConnectionOptions(
    new Command('ls')
      .description('Shows who has which lock, and who waits for it')
      .argument('[name...]', 'only these locks')
      .option('--all', 'all named locks of the server, not only those of the namespace')
      .option('--json', 'one object for programs, not lines for people')
      .addOption(exactNameOption()),
  )
    .addHelpText('after', MEANINGS)
    .addHelpText(
      'after',
      examples([
        'ormutex ls',
        'ormutex ls --namespace shop nightly-report',
        'ormutex ls --all',
        "ormutex ls --json | jq '.locks[] | select(.waiters | length > 0)'",
      ]),
    )
    .action((names: readonly string[], options: LsOptions) => ls(names, options))
}

async function ls(names: readonly string[], options: LsOptions): Promise<void> {
  await withServer(options, async (server) => {
    const { scope } = server
    const asked = new Map<string, string>()
    for (const name of names) asked.set(await server.keyOf(name, options.exactName), name)
    const survey = await surveyLocks(server.query, { keys: [...asked.keys()] })
    const { entries, listsHeld } = survey
    const all = options.all === true
    const found =
      names.length === 0
        ? overview(entries, scope, all)
        : askedFor(asked, entries, { scope, all, exactName: options.exactName })
    const hidden = [...survey.hidden, describeUntoldTimes(found.locks) ?? []].flat()
    if (options.json === true) {
      print(surveyJson(found, { namespace: scope.namespace, all, hidden, seenAt: new Date() }))
      return
    }
    if (found.locks.length === 0)
      say(describeNothing(all ? 'on this server' : `in ${describeNamespace(scope.namespace)}`, listsHeld))
    else printLocks(found.locks)
    for (const sentence of [...found.notes, ...hidden]) say(sentence)
  })
}

/** What there is to show. */
interface Found {
  readonly locks: readonly LockView[]
  /** Locks of other namespaces, where nothing was found in this one. */
  readonly elsewhere: readonly LockView[]
  /** That in sentences. */
  readonly notes: readonly string[]
}

function overview(entries: readonly SurveyedLock[], scope: Scope, all: boolean): Found {
  const elsewhere = all ? [] : strangers(entries, scope)
  return { locks: viewLocks(entries, scope, all), elsewhere, notes: [describeStrangers(elsewhere) ?? []].flat() }
}

function askedFor(
  asked: ReadonlyMap<string, string>,
  entries: readonly SurveyedLock[],
  {
    scope,
    all,
    exactName = false,
  }: { readonly scope: Scope; readonly all: boolean; readonly exactName?: boolean | undefined },
): Found {
  const found = [...asked].map(([key, name]) => {
    const seen = entries.find((entry) => entry.key === key)
    // Whoever asks for it says whose it is.
    const lock: LockView = { ...viewLock(seen ?? { key, holder: null, waiters: [] }, scope), name, isOurs: 'yes' }
    const isToSay = seen === undefined && !exactName && !all
    const alike = isToSay || (all && !exactName) ? namesakes(entries, name, scope) : []
    return { lock, alike, notes: isToSay ? [describeFree(name, alike, scope)] : [] }
  })
  return {
    locks: found.flatMap(({ lock, alike }) => (all ? [lock, ...alike] : [lock])),
    elsewhere: all ? [] : found.flatMap(({ alike }) => alike),
    notes: found.flatMap(({ notes }) => notes),
  }
}

function printLocks(locks: readonly LockView[]): void {
  const lines = lockLines(locks.map(timedByServer), { columns: process.stdout.columns || undefined, overflow: 'wrap' })
  const look = colours()
  for (const line of lines) print(paint(line, look))
  if (locks.some(({ isOurs }) => isOurs === 'unknown')) say(UNKNOWN)
}

/** @param listsHeld whether every lock that is held would be shown */
function describeNothing(place: string, listsHeld: boolean): string {
  if (listsHeld) return `Nothing is locked ${place}, as far as the server shows.`
  return `No lock that somebody waits for is seen ${place}. Others may be held: "ormutex ls <name>" tells of one, and needs no rights.`
}

const UNKNOWN =
  `${UNKNOWN_MARK.trim()} stands before a lock of which the namespace is not known: ` +
  'a key does not tell, and neither do its sessions, or this account is not shown what they say.'
