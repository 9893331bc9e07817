import type { Holder, NamedLockEntry } from '../holder.js'
import { decodeSession } from './answers.js'
import { type Dialect, keyLiteral, type Query, type Refusal, releaseStatement, text, TOKEN } from './dialect.js'
import { firstAnswered } from './first-answered.js'
import { serverErrno } from './sql-errors.js'

/** ER_LOCK_DEADLOCK: also for named locks; the server may pick the earlier waiter. */
const ER_LOCK_DEADLOCK = 1213
/** ER_QUERY_INTERRUPTED and ER_STATEMENT_TIMEOUT; mostly an interrupted wait answers NULL instead. */
const INTERRUPTED = new Set([1317, 1969])

function refusal(errno: number | undefined): Refusal {
  if (errno === ER_LOCK_DEADLOCK) return 'deadlock'
  return errno !== undefined && INTERRUPTED.has(errno) ? 'interrupted' : 'other'
}

/** IS_USED_LOCK needs no privilege; PROCESSLIST shows other accounts only to PROCESS; connection attributes are off by default. */
function holderStatements(key: string): readonly string[] {
  const holder = `(SELECT IS_USED_LOCK(${keyLiteral(key)}) AS id) AS holder`
  const processes = 'LEFT JOIN information_schema.PROCESSLIST AS p ON p.ID = holder.id'
  const columns =
    `holder.id AS session_id, ${text('p.USER')} AS user, ${text('p.HOST')} AS host, p.TIME_MS AS in_state_ms,` +
    ` ${text('p.INFO')} AS statement`
  return [
    `SELECT ${columns}, ${text('a.ATTR_VALUE')} AS label FROM ${holder} ${processes}` +
      ' LEFT JOIN performance_schema.session_connect_attrs AS a' +
      " ON a.PROCESSLIST_ID = holder.id AND a.ATTR_NAME = 'ormutex_label'",
    `SELECT ${columns} FROM ${holder} ${processes}`,
    `SELECT IS_USED_LOCK(${keyLiteral(key)}) AS session_id`,
  ]
}

/** Waiters stand in the process list with this state and their whole statement; holders do not. */
const WAITERS_STATEMENT =
  `SELECT ID AS session_id, ${text('USER')} AS user, ${text('HOST')} AS host, TIME_MS AS in_state_ms,` +
  ` ${text('INFO')} AS statement` +
  " FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'"

/** Granted locks of all sessions, where the plugin METADATA_LOCK_INFO is installed; the name stands in TABLE_SCHEMA. */
const PLUGIN_STATEMENT =
  `SELECT ${text('TABLE_SCHEMA')} AS lock_key` +
  " FROM information_schema.METADATA_LOCK_INFO WHERE LOCK_TYPE = 'User lock'"

const KEY_IN_STATEMENT = /\bGET_LOCK\s*\(\s*(?:_utf8mb4\s*)?'([^']+)'/i

async function holderOf(query: Query, key: string): Promise<Holder | null> {
  const rows = await firstAnswered(query, holderStatements(key))
  return rows[0] === undefined ? null : decodeSession(rows[0])
}

/**
 * The server has no list of its user-level locks. Shown are those that this process holds, those that somebody waits for
 * (their statement names the key), and with the METADATA_LOCK_INFO plugin all that are held.
 */
async function list(query: Query, knownKeys: readonly string[]): Promise<NamedLockEntry[]> {
  const waiters = new Map<string, Holder[]>()
  for (const row of await query(WAITERS_STATEMENT)) {
    const key = KEY_IN_STATEMENT.exec(String(row['statement']))?.[1]
    const session = decodeSession(row)
    if (key !== undefined && session !== null) waiters.set(key, [...(waiters.get(key) ?? []), session])
  }
  const keys = new Set([...knownKeys, ...waiters.keys(), ...(await pluginKeys(query))])
  const entries: NamedLockEntry[] = []
  for (const key of [...keys].toSorted()) {
    if (!/^[a-z0-9:._~-]+$/.test(key)) continue
    const holder = await holderOf(query, key)
    const waiting = waiters.get(key) ?? []
    if (holder !== null || waiting.length > 0) entries.push({ key, holder, waiters: waiting })
  }
  return entries
}

async function pluginKeys(query: Query): Promise<string[]> {
  try {
    return (await query(PLUGIN_STATEMENT)).map((row) => String(row['lock_key']))
  } catch (error) {
    // Error 1109: there is no such table, the plugin is not installed.
    if (serverErrno(error) === undefined) throw error
    return []
  }
}

/**
 * MariaDB 10.0.2 and later, whose GET_LOCK takes fractions of a second.
 *
 * @param hasStatementLimit whether the server sets `max_statement_time`, which would end a wait with NULL
 */
export function mariadbDialect(hasStatementLimit: boolean): Dialect {
  const prefix = hasStatementLimit ? 'SET STATEMENT max_statement_time = 0 FOR ' : ''
  return {
    name: 'mariadb',
    ask: (key, waitMs) =>
      `${prefix}SELECT GET_LOCK(${keyLiteral(key)}, ${Math.ceil(waitMs) / 1_000}) AS granted,` +
      ` CONNECTION_ID() AS session_id, ${TOKEN}, @@read_only AS read_only`,
    refusal,
    release: releaseStatement,
    holderOf,
    list,
  }
}
