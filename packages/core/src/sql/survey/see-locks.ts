import { withoutWait } from '../answers.js'
import type { Dialect, Query } from '../dialect.js'
import {
  attributes,
  holdersOf,
  metadataLocks,
  type Place,
  pluginLocks,
  type SessionAttributes,
  type SessionFacts,
  sessions,
} from './sources.js'
import type { SurveyedHolder, SurveyedLock, SurveyedSession, SurveyedWaiter } from './surveyed.js'

/** What could be looked at. */
export interface Sight {
  /** Whether the account may read performance_schema's locks; there may be none all the same. */
  readonly mayReadLocks: boolean
  /** Whether there is a plugin that shows who holds. */
  readonly hasPlugin: boolean
  /** Whether the sessions of all accounts were shown, whatever the privileges of this one are. */
  readonly areSessionsAll: boolean
  /** Whose connections' attributes could be read. */
  readonly attributesOf: 'all' | 'own' | 'none'
  /** How many of the sessions that wait name no lock in their statement. */
  readonly namelessWaiters: number
}

/** Every lock that the server shows, out of all the places in which it shows some of it. */
export async function seeLocks(
  query: Query,
  server: Dialect['name'],
  knownKeys: readonly string[],
): Promise<{ entries: SurveyedLock[]; sight: Sight }> {
  const locks = await metadataLocks(query)
  const plugin = server === 'mariadb' ? await pluginLocks(query) : undefined
  const known = await sessions(query, server)
  const said = await attributes(query)
  const places = [...(locks ?? []), ...(plugin ?? [])]
  const waiting = waitingSessions(known.byId, places, server)
  places.push(...waiting.places)
  const held = new Set(places.filter(({ isHolder }) => isHolder).map(({ key }) => key))
  const open = new Set([...knownKeys, ...places.map(({ key }) => key)].filter((key) => !held.has(key)))
  if (open.size > 0) places.push(...(await holdersOf(query, [...open])))
  return {
    entries: entriesOf(places, new Facts(known.byId, said.byId)),
    sight: {
      mayReadLocks: locks !== undefined,
      hasPlugin: plugin !== undefined,
      areSessionsAll: known.areAll,
      attributesOf: said.of,
      namelessWaiters: waiting.nameless,
    },
  }
}

/** In a statement that waits: the lock's name, as long as nothing in it is escaped. */
const KEY_IN_STATEMENT = /\bGET_LOCK\s*\(\s*(?:_utf8mb4\s*)?(?:'([^'\\]+)'|"([^"\\]+)")/i

/** Who waits stands in the list of sessions with a state of its own and its whole statement. */
function waitingSessions(
  known: ReadonlyMap<string, SessionFacts>,
  places: readonly Place[],
  server: Dialect['name'],
): { readonly places: Place[]; readonly nameless: number } {
  const seen = new Set(places.filter(({ isHolder }) => !isHolder).map(({ sessionId }) => sessionId))
  const found: Place[] = []
  let nameless = 0
  for (const [sessionId, { isWaiting, statement = '' }] of known) {
    if (!isWaiting || seen.has(sessionId)) continue
    const match = KEY_IN_STATEMENT.exec(statement)
    const key = match?.[1] ?? match?.[2]
    if (key === undefined) nameless += 1
    // MySQL does not tell upper from lower case, and shows the lower one.
    else found.push({ key: server === 'mysql' ? key.toLowerCase() : key, sessionId, isHolder: false })
  }
  return { places: found, nameless }
}

/** What is known of sessions, put together. */
class Facts {
  readonly #sessions: ReadonlyMap<string, SessionFacts>
  readonly #attributes: ReadonlyMap<string, SessionAttributes>

  constructor(known: ReadonlyMap<string, SessionFacts>, byId: ReadonlyMap<string, SessionAttributes>) {
    this.#sessions = known
    this.#attributes = byId
  }

  holder({ key, sessionId }: Place): SurveyedHolder {
    const { inStateMs } = this.#sessions.get(sessionId) ?? {}
    return withoutWait({ ...this.#session(sessionId), ...(inStateMs !== undefined && { heldMs: inStateMs }) }, key)
  }

  waiter({ sessionId, waitedMs = this.#sessions.get(sessionId)?.inStateMs }: Place): SurveyedWaiter {
    return { ...this.#session(sessionId), ...(waitedMs !== undefined && { waitedMs }) }
  }

  #session(sessionId: string): SurveyedSession & { readonly sessionId: string } {
    const { inStateMs: _, isWaiting: __, ...shown } = this.#sessions.get(sessionId) ?? { isWaiting: false }
    return { sessionId, ...shown, ...this.#attributes.get(sessionId) }
  }
}

function entriesOf(places: readonly Place[], facts: Facts): SurveyedLock[] {
  const entries = new Map<string, { holder: SurveyedHolder | null; waiters: Map<string, SurveyedWaiter> }>()
  for (const place of places) {
    const entry = entries.get(place.key) ?? { holder: null, waiters: new Map<string, SurveyedWaiter>() }
    entries.set(place.key, entry)
    if (!place.isHolder) entry.waiters.set(place.sessionId, facts.waiter(place))
    else if (entry.holder === null) entry.holder = facts.holder(place)
  }
  // Each place was looked at in its turn: who was seen waiting first may have the lock by now.
  for (const { holder, waiters } of entries.values()) if (holder !== null) waiters.delete(holder.sessionId)
  return [...entries]
    .map(([key, { holder, waiters }]) => ({ key, holder, waiters: [...waiters.values()].toSorted(longestFirst) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
}

function longestFirst(one: SurveyedWaiter, other: SurveyedWaiter): number {
  return (other.waitedMs ?? 0) - (one.waitedMs ?? 0)
}
