import type { ConnectionSettings } from '../connection-settings.js'
import { ServerConnection } from '../server-connection.js'
import { describeStrangers, strangers } from '../show/elsewhere.js'
import { type Scope, viewLocks } from '../show/lock-view.js'
import { type Connected, type Look, looks } from './looks.js'
import { type Picture, picture } from './picture.js'

/** What is to be watched. */
export interface Watching {
  readonly settings: ConnectionSettings
  /** For people; without a password. */
  readonly target: string
  readonly scope: Scope
  readonly isAll: boolean
  readonly intervalMs: number
}

/** What `watch` knows after a look. */
export interface Sight {
  /** The last that was seen; `null` before that. */
  readonly picture: Picture | null
  readonly hidden: readonly string[]
  /** What is locked in other namespaces, where nothing is in this one: a sentence. */
  readonly elsewhere?: string | undefined
  /** Since when the server has not answered, on the clock of the pictures. */
  readonly trouble: { readonly error: unknown; readonly sinceMs: number } | null
}

/** How long the server may take for one look, in milliseconds. */
const PATIENCE_MS = 5_000

/** What is seen, look after look, until the signal aborts. @throws the driver's error when the first look fails */
export async function* sights(watching: Watching, signal: AbortSignal): AsyncGenerator<Sight> {
  const connect = (): Connected => new ServerConnection(watching.settings, PATIENCE_MS)
  let sight: Sight | null = null
  for await (const look of looks(connect, watching.intervalMs, signal)) {
    if (signal.aborted) return
    if (sight === null && 'error' in look) throw look.error
    sight = sightAfter(sight ?? { picture: null, hidden: [], trouble: null }, look, watching)
    yield sight
  }
}

/** What is known after one more look. */
export function sightAfter(before: Sight, look: Look, { scope, isAll }: Pick<Watching, 'scope' | 'isAll'>): Sight {
  if ('error' in look) {
    const sinceMs = before.trouble?.sinceMs ?? before.picture?.atMs ?? look.atMs
    return { ...before, trouble: { error: look.error, sinceMs } }
  }
  const { survey, asked, atMs } = look
  const seen = { atMs, asked, isComplete: survey.listsHeld, locks: viewLocks(survey.entries, scope, isAll) }
  return {
    picture: picture(seen, before.trouble === null ? before.picture : null),
    hidden: survey.hidden,
    elsewhere: isAll ? undefined : describeStrangers(strangers(survey.entries, scope)),
    trouble: null,
  }
}
