import { type Dialect, text } from './dialect.js'

/** How a server shows its sessions. */
export interface SessionList {
  /** Where they stand, with the columns of a process list: the place that shows most first. */
  readonly tables: readonly [string, ...string[]]
  /** The place that shows the sessions of all accounts to who may read it, without the PROCESS privilege. */
  readonly unrestricted?: string
  /** For how long a session `p` has been in its present state, in milliseconds: a lower bound. */
  readonly inStateMs: string
}

/** Needs SELECT on it, and then shows everybody's sessions; without their ports. */
const THREADS =
  '(SELECT PROCESSLIST_ID AS ID, PROCESSLIST_USER AS USER, PROCESSLIST_HOST AS HOST, PROCESSLIST_DB AS DB, PROCESSLIST_TIME AS TIME,' +
  ' PROCESSLIST_STATE AS STATE, PROCESSLIST_INFO AS INFO FROM performance_schema.threads WHERE PROCESSLIST_ID IS NOT NULL)'

/** A process list shows the sessions of one's own account, and with the PROCESS privilege those of all. */
export const SESSION_LISTS: Readonly<Record<Dialect['name'], SessionList>> = {
  mysql: {
    // The second came with 8.0.22; the third holds a lock of the whole server while it is read. The first two are empty where performance_schema is off.
    tables: [THREADS, 'performance_schema.processlist', 'information_schema.PROCESSLIST'],
    unrestricted: THREADS,
    // The server counts changes of the second: a state that it calls one second old may be a millisecond old.
    inStateMs: 'GREATEST(p.TIME - 1, 0) * 1000',
  },
  mariadb: { tables: ['information_schema.PROCESSLIST'], inStateMs: 'p.TIME_MS' },
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
export function sessionColumns({ inStateMs }: SessionList): string {
  return `${text('p.USER')} AS user, ${text('p.HOST')} AS host, ${inStateMs} AS in_state_ms, ${text('p.INFO')} AS statement`
}
