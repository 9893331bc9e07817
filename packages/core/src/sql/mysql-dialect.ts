import type { Holder, NamedLockEntry } from '../holder.js'
import { decodeSession } from './answers.js'
import { type Dialect, keyLiteral, type Query, type Refusal, releaseStatement, text, TOKEN } from './dialect.js'
import { firstAnswered } from './first-answered.js'

/** ER_QUERY_TIMEOUT: MAX_EXECUTION_TIME ran out. */
const ER_QUERY_TIMEOUT = 3024
/** ER_USER_LOCK_DEADLOCK: the last asker is refused at once. */
const ER_USER_LOCK_DEADLOCK = 3058
/** ER_QUERY_INTERRUPTED: KILL QUERY. */
const ER_QUERY_INTERRUPTED = 1317

/** Aurora's readers have InnoDB read-only. */
const ABOUT_GRANT = `CONNECTION_ID() AS session_id, ${TOKEN}, @@read_only OR @@innodb_read_only AS read_only`

/** Measured on 9.7: seconds are rounded, fractions lost, so the statement's own limit in milliseconds ends the wait. */
function ask(key: string, waitMs: number): string {
  if (waitMs === 0) return `SELECT GET_LOCK(${keyLiteral(key)}, 0) AS granted, ${ABOUT_GRANT}`
  const limitMs = Math.ceil(waitMs)
  const seconds = Math.ceil(limitMs / 1_000)
  return `SELECT /*+ MAX_EXECUTION_TIME(${limitMs}) */ GET_LOCK(${keyLiteral(key)}, ${seconds}) AS granted, ${ABOUT_GRANT}`
}

function refusal(errno: number | undefined): Refusal {
  if (errno === ER_QUERY_TIMEOUT) return 'limit'
  if (errno === ER_USER_LOCK_DEADLOCK) return 'deadlock'
  return errno === ER_QUERY_INTERRUPTED ? 'interrupted' : 'other'
}

/** The server counts changes of the second: a state that it calls one second old may be a millisecond old. */
function atLeastMs(seconds: string): string {
  return `GREATEST(${seconds} - 1, 0) * 1000`
}

/**
 * From the fullest answer to the barest: performance_schema needs SELECT on it (else error 1142), and its processlist
 * came with 8.0.22; information_schema.PROCESSLIST shows other accounts only to PROCESS; IS_USED_LOCK needs nothing.
 */
function holderStatements(key: string): readonly string[] {
  const holder = `(SELECT IS_USED_LOCK(${keyLiteral(key)}) AS id) AS holder`
  const columns =
    `holder.id AS session_id, ${text('p.USER')} AS user, ${text('p.HOST')} AS host,` +
    ` ${atLeastMs('p.TIME')} AS in_state_ms, ${text('p.INFO')} AS statement`
  return [
    `SELECT ${columns}, ${text('a.ATTR_VALUE')} AS label FROM ${holder}` +
      ' LEFT JOIN performance_schema.processlist AS p ON p.ID = holder.id' +
      " LEFT JOIN performance_schema.session_connect_attrs AS a ON a.PROCESSLIST_ID = holder.id AND a.ATTR_NAME = 'ormutex_label'",
    `SELECT ${columns} FROM ${holder} LEFT JOIN information_schema.PROCESSLIST AS p ON p.ID = holder.id`,
    `SELECT IS_USED_LOCK(${keyLiteral(key)}) AS session_id`,
  ]
}

/** performance_schema.metadata_locks: on by default since 8.0, names lowercased, granted and pending ones. */
const LIST_STATEMENT =
  `SELECT ${text('m.OBJECT_NAME')} AS lock_key, ${text('m.LOCK_STATUS')} AS status, t.PROCESSLIST_ID AS session_id,` +
  ` ${text('t.PROCESSLIST_USER')} AS user, ${text('t.PROCESSLIST_HOST')} AS host,` +
  ` ${atLeastMs('t.PROCESSLIST_TIME')} AS in_state_ms, ${text('t.PROCESSLIST_INFO')} AS statement,` +
  ` ${text('a.ATTR_VALUE')} AS label` +
  ' FROM performance_schema.metadata_locks AS m JOIN performance_schema.threads AS t ON t.THREAD_ID = m.OWNER_THREAD_ID' +
  ' LEFT JOIN performance_schema.session_connect_attrs AS a' +
  " ON a.PROCESSLIST_ID = t.PROCESSLIST_ID AND a.ATTR_NAME = 'ormutex_label'" +
  " WHERE m.OBJECT_TYPE = 'USER LEVEL LOCK' ORDER BY m.OBJECT_NAME"

async function holderOf(query: Query, key: string): Promise<Holder | null> {
  const rows = await firstAnswered(query, holderStatements(key))
  return rows[0] === undefined ? null : decodeSession(rows[0])
}

async function list(query: Query): Promise<NamedLockEntry[]> {
  const entries = new Map<string, { key: string; holder: Holder | null; waiters: Holder[] }>()
  for (const row of await query(LIST_STATEMENT)) {
    const key = String(row['lock_key'])
    const session = decodeSession(row)
    const entry = entries.get(key) ?? { key, holder: null, waiters: [] }
    entries.set(key, entry)
    if (session === null) continue
    if (row['status'] === 'GRANTED') entry.holder = session
    else entry.waiters.push(session)
  }
  return [...entries.values()]
}

/** MySQL 5.7.5 and later. */
export const mysqlDialect: Dialect = { name: 'mysql', ask, refusal, release: releaseStatement, holderOf, list }
