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

/** ER_LOCK_DEADLOCK: also for named locks; the server may pick the earlier waiter. */
const ER_LOCK_DEADLOCK = 1213
/** ER_QUERY_INTERRUPTED and ER_STATEMENT_TIMEOUT; mostly an interrupted wait answers NULL instead. */
const INTERRUPTED = new Set([1317, 1969])

function refusal(errno: number | undefined): Refusal {
  if (errno === ER_LOCK_DEADLOCK) return 'deadlock'
  return errno !== undefined && INTERRUPTED.has(errno) ? 'interrupted' : 'other'
}

const READ_ONLY = '@@read_only AS read_only'

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
      ` ${SESSION_ID}, ${TOKEN}, ${READ_ONLY}`,
    signOfLife: (heldKey) => signOfLifeStatement(heldKey, READ_ONLY),
    refusal,
    release: releaseStatement,
    holderOf: (query, key) => holderOf(query, key, 'mariadb'),
    list: (query, knownKeys) => listLocks(query, 'mariadb', knownKeys),
  }
}
