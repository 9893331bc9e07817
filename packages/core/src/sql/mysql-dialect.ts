import {
  type Dialect,
  keyLiteral,
  type Refusal,
  releaseStatement,
  SESSION_ID,
  signOfLifeStatement,
  TOKEN,
} from './dialect.js'
import { holderOf } from './holder-of.js'
import { listLocks } from './survey/list-locks.js'

/** ER_QUERY_TIMEOUT: MAX_EXECUTION_TIME ran out. */
const ER_QUERY_TIMEOUT = 3024
/** ER_USER_LOCK_DEADLOCK: the last asker is refused at once. */
const ER_USER_LOCK_DEADLOCK = 3058
/** ER_QUERY_INTERRUPTED: KILL QUERY. */
const ER_QUERY_INTERRUPTED = 1317

/** Aurora's readers have InnoDB read-only. */
const READ_ONLY = '@@read_only OR @@innodb_read_only AS read_only'
const ABOUT_GRANT = `${SESSION_ID}, ${TOKEN}, ${READ_ONLY}`

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

/** MySQL 5.7.5 and later. */
export const mysqlDialect: Dialect = {
  name: 'mysql',
  ask,
  signOfLife: (heldKey) => signOfLifeStatement(heldKey, READ_ONLY),
  refusal,
  release: releaseStatement,
  holderOf: (query, key) => holderOf(query, key, 'mysql'),
  list: (query, knownKeys) => listLocks(query, 'mysql', knownKeys),
}
