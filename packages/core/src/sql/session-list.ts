import { type Dialect, text } from './dialect.js'

/** How a server shows its sessions. */
export interface SessionList {
  /** Where they stand: the place that shows most first. */
  readonly tables: readonly [SessionTable, ...SessionTable[]]
}

/** A table with the columns of a process list. */
export interface SessionTable {
  /** The table, or a query in parentheses. */
  readonly sql: string
  /** For how long a session `p` has been in its present state, in milliseconds: a lower bound. */
  readonly inStateMs: string
  /** Whether it shows the sessions of all accounts to who may read it, without the PROCESS privilege. */
  readonly isUnrestricted?: boolean
}

/** Picoseconds, as performance_schema has them, in milliseconds that can be subtracted. */
function timerMs(timer: string): string {
  return `CAST(${timer} DIV 1000000000 AS SIGNED)`
}

const STATEMENTS = 'performance_schema.events_statements_current'

/** The clock of the statements' times: the one that reads it is running. */
const NOW =
  `(SELECT ${timerMs('m.TIMER_END')} FROM ${STATEMENTS} AS m JOIN performance_schema.threads AS o ON o.THREAD_ID = m.THREAD_ID` +
  ' WHERE o.PROCESSLIST_ID = CONNECTION_ID() AND m.NESTING_EVENT_LEVEL = 0)'

/**
 * Needs SELECT on it, and then shows everybody's sessions; without their ports. What a session does has lasted since its last
 * statement began or, when that is over, ended.
 */
const THREADS =
  '(SELECT t.PROCESSLIST_ID AS ID, t.PROCESSLIST_USER AS USER, t.PROCESSLIST_HOST AS HOST, t.PROCESSLIST_DB AS DB,' +
  ' t.PROCESSLIST_COMMAND AS COMMAND, t.PROCESSLIST_TIME AS TIME, t.PROCESSLIST_STATE AS STATE, t.PROCESSLIST_INFO AS INFO,' +
  ` ${NOW} - ${timerMs('IF(e.END_EVENT_ID IS NULL, e.TIMER_START, e.TIMER_END)')} AS STATE_MS` +
  ` FROM performance_schema.threads AS t LEFT JOIN ${STATEMENTS} AS e ON e.THREAD_ID = t.THREAD_ID AND e.NESTING_EVENT_LEVEL = 0` +
  ' WHERE t.PROCESSLIST_ID IS NOT NULL)'

/**
 * MySQL's own time of a session: seconds since its last statement began, also when that is over (measured on 9.7), so of a session that
 * sleeps it says nothing: that statement may have been a long wait for the lock. It counts changes of the second: a statement that
 * it calls one second old may be a millisecond old.
 */
const SINCE_STATEMENT = "IF(p.COMMAND = 'Sleep', NULL, GREATEST(p.TIME - 1, 0) * 1000)"

/** A process list shows the sessions of one's own account, and with the PROCESS privilege those of all. */
export const SESSION_LISTS: Readonly<Record<Dialect['name'], SessionList>> = {
  mysql: {
    // The second came with 8.0.22; the third holds a lock of the whole server while it is read. The first two are empty where performance_schema is off.
    tables: [
      { sql: THREADS, inStateMs: `COALESCE(p.STATE_MS, ${SINCE_STATEMENT})`, isUnrestricted: true },
      { sql: 'performance_schema.processlist', inStateMs: SINCE_STATEMENT },
      { sql: 'information_schema.PROCESSLIST', inStateMs: SINCE_STATEMENT },
    ],
  },
  mariadb: { tables: [{ sql: 'information_schema.PROCESSLIST', inStateMs: 'p.TIME_MS' }] },
}

/**
 * Where connection attributes stand: those of all sessions, to accounts that may read performance_schema, and those of
 * the own account's sessions, to everybody. Both are empty where performance_schema is off.
 */
export const ATTRIBUTE_TABLES = {
  all: 'performance_schema.session_connect_attrs',
  own: 'performance_schema.session_account_connect_attrs',
} as const

/** What a session `p` is shown with. */
export function sessionColumns({ inStateMs }: SessionTable): string {
  return `${text('p.USER')} AS user, ${text('p.HOST')} AS host, ${inStateMs} AS in_state_ms, ${text('p.INFO')} AS statement`
}
