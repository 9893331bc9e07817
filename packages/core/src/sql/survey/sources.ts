import { labelOfOthers } from '../../label.js'
import { decodeSession, decodeSessionId } from '../answers.js'
import { type Dialect, type Query, text } from '../dialect.js'
import { ATTRIBUTE_TABLES, SESSION_LISTS, sessionColumns } from '../session-list.js'
import { shown } from '../shown.js'
import type { Row } from '../sql-source.js'

/** A session's place at a lock. */
export interface Place {
  readonly key: string
  readonly sessionId: string
  readonly isHolder: boolean
  /** For how long it has waited, where that is known to the millisecond. */
  readonly waitedMs?: number
}

/** What is known of a session. */
export interface SessionFacts {
  readonly user?: string
  readonly host?: string
  readonly database?: string
  readonly statement?: string
  /** For how long it has been in its present state: a lower bound. */
  readonly inStateMs?: number
  readonly isWaiting: boolean
}

/** What a session says of itself. */
export interface SessionAttributes {
  readonly label?: string
  readonly namespace?: string
}

/**
 * Holders and waiters in performance_schema: on by default in MySQL since 8.0; in MariaDB where performance_schema and the instrument
 * of metadata locks are on. MySQL has the names in lower case. What runs is timed by the statement that has not ended yet.
 */
const METADATA_LOCKS =
  `SELECT ${text('m.OBJECT_NAME')} AS lock_key, ${text('m.LOCK_STATUS')} AS status, ${text('t.PROCESSLIST_ID')} AS session_id,` +
  ' e.TIMER_WAIT DIV 1000000000 AS running_ms' +
  ' FROM performance_schema.metadata_locks AS m JOIN performance_schema.threads AS t ON t.THREAD_ID = m.OWNER_THREAD_ID' +
  ' LEFT JOIN performance_schema.events_statements_current AS e' +
  ' ON e.THREAD_ID = m.OWNER_THREAD_ID AND e.END_EVENT_ID IS NULL AND e.NESTING_EVENT_LEVEL = 0' +
  " WHERE m.OBJECT_TYPE = 'USER LEVEL LOCK'"

/** @returns `undefined` when the account may not read them */
export async function metadataLocks(query: Query): Promise<Place[] | undefined> {
  const rows = await shown(query, METADATA_LOCKS)
  return rows?.flatMap((row) => {
    const sessionId = decodeSessionId(row)
    if (sessionId === undefined) return []
    const isHolder = row['status'] === 'GRANTED'
    const runningMs = row['running_ms']
    const waitedMs = isHolder || runningMs === null ? undefined : Number(runningMs)
    return [{ key: String(row['lock_key']), sessionId, isHolder, ...(waitedMs !== undefined && { waitedMs }) }]
  })
}

/**
 * Holders of all sessions, to every account, where MariaDB's plugin METADATA_LOCK_INFO is installed. The name stands in TABLE_SCHEMA.
 * Its LOCK_TIME_MS is no time of the grant: it counts from when the lock was asked for (measured on 10.11.19).
 */
const PLUGIN_LOCKS =
  `SELECT ${text('TABLE_SCHEMA')} AS lock_key, ${text('THREAD_ID')} AS session_id` +
  " FROM information_schema.METADATA_LOCK_INFO WHERE LOCK_TYPE = 'User lock'"

/** @returns `undefined` where the plugin is not installed */
export async function pluginLocks(query: Query): Promise<Place[] | undefined> {
  const rows = await shown(query, PLUGIN_LOCKS)
  return rows?.flatMap((row) => {
    const sessionId = decodeSessionId(row)
    return sessionId === undefined ? [] : [{ key: String(row['lock_key']), sessionId, isHolder: true }]
  })
}

/** The sessions that this account is shown, by id, and whether that is all of them whatever its privileges are. */
export async function sessions(
  query: Query,
  server: Dialect['name'],
): Promise<{ readonly areAll: boolean; readonly byId: Map<string, SessionFacts> }> {
  for (const table of SESSION_LISTS[server].tables) {
    const rows = await shown(
      query,
      `SELECT ${text('p.ID')} AS session_id, ${sessionColumns(table)}, ${text('p.DB')} AS db,` +
        ` COALESCE(p.STATE = 'User lock', 0) AS is_waiting FROM ${table.sql} AS p`,
    )
    // The one that asks is always among them, unless the server keeps no such list.
    if (rows === undefined || rows.length === 0) continue
    return { areAll: table.isUnrestricted === true, byId: new Map(rows.flatMap(decodeFacts)) }
  }
  return { areAll: false, byId: new Map() }
}

function decodeFacts(row: Row): [string, SessionFacts][] {
  const session = decodeSession(row)
  if (session === null) return []
  const { sessionId, heldMs, ...facts } = session
  const { db, is_waiting: isWaiting } = row
  return [
    [
      sessionId,
      {
        ...facts,
        ...(heldMs !== undefined && { inStateMs: heldMs }),
        ...(typeof db === 'string' && { database: db }),
        isWaiting: Number(isWaiting) === 1,
      },
    ],
  ]
}

/** The attributes of connections that ormutex labelled, by id, and whose sessions' they are. */
export async function attributes(
  query: Query,
): Promise<{ readonly of: 'all' | 'own' | 'none'; readonly byId: Map<string, SessionAttributes> }> {
  const byId = new Map<string, SessionAttributes>()
  for (const of of ['all', 'own'] as const) {
    const rows = await shown(
      query,
      `SELECT ${text('PROCESSLIST_ID')} AS session_id, ${text('ATTR_NAME')} AS name, ${text('ATTR_VALUE')} AS value` +
        ` FROM ${ATTRIBUTE_TABLES[of]} WHERE ATTR_NAME IN ('ormutex_label', 'ormutex_namespace')`,
    )
    if (rows === undefined) continue
    for (const row of rows) {
      const sessionId = decodeSessionId(row)
      const { name, value } = row
      if (sessionId === undefined || typeof value !== 'string') continue
      const attribute = String(name) === 'ormutex_label' ? { label: labelOfOthers(value) } : { namespace: value }
      byId.set(sessionId, { ...byId.get(sessionId), ...attribute })
    }
    return { of, byId }
  }
  return { of: 'none', byId }
}

/** How many keys one statement asks for. */
const KEYS_AT_ONCE = 200

/** The holders of keys, which every account may ask for. */
export async function holdersOf(query: Query, keys: readonly string[]): Promise<Place[]> {
  const places: Place[] = []
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    const some = keys.slice(from, from + KEYS_AT_ONCE)
    const columns = some.map((key, index) => `${text(`IS_USED_LOCK(${anyKeyLiteral(key)})`)} AS holder_${index}`)
    const row = (await shown(query, `SELECT ${columns.join(', ')}`))?.[0] ?? {}
    for (const [index, key] of some.entries()) {
      const sessionId = decodeSessionId({ session_id: row[`holder_${index}`] })
      if (sessionId !== undefined) places.push({ key, sessionId, isHolder: true })
    }
  }
  return places
}

/** Other programs' names may hold anything. */
function anyKeyLiteral(key: string): string {
  return `_utf8mb4 X'${Buffer.from(key).toString('hex')}'`
}
