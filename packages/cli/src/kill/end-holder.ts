import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  keyLiteral,
  type Query,
  serverErrno,
  surveyLocks,
  type SurveyedHolder,
  type SurveyedLock,
} from '@ormutex/core/sql'
import { CliError } from '../cli-error.js'
import { describeError } from '../describe-error.js'
import { EXIT } from '../exit-codes.js'

/** A holder, so that it can be told from another one that is given the same connection id: those start again with the server. */
export interface SeenHolder {
  readonly lock: SurveyedLock & { readonly holder: SurveyedHolder }
  readonly serverStartedMs: number
}

/** What became of it. */
export type Ended =
  /** The connection is gone. `after` has the lock now, if anybody. */
  | { readonly what: 'ended'; readonly after: SurveyedLock | undefined }
  /** The server has been told, and the session still has the lock: what it does has to be ended first, what it did rolled back. */
  | { readonly what: 'ending' }
  /** Somebody else has the lock, or nobody; nothing was sent. */
  | { readonly what: 'changed'; readonly after: SurveyedLock | undefined }
  /** The server was started since, or its clock was set: the session may be another one. Nothing was sent. */
  | { readonly what: 'restarted' }
  /** The account may not end that session. */
  | { readonly what: 'denied'; readonly message: string }

const ER_NO_SUCH_THREAD = 1094
const ER_KILL_DENIED = 1095
/** ER_SPECIFIC_ACCESS_DENIED_ERROR: MySQL asks for SYSTEM_USER where the session's account has it. */
const ER_ACCESS_DENIED = 1227

/** The server's uptime is in whole seconds, and reading it takes time. */
const START_TOLERANCE_MS = 3_000

/** How long the end of a session is waited for, and how often it is asked for, in milliseconds. */
const END_PATIENCE_MS = 10_000
const END_STEP_MS = 50

/** Who has a key; `null` when nobody has. */
export async function seeHolder(query: Query, key: string): Promise<SeenHolder | null> {
  const serverStartedMs = await serverStart(query)
  const lock = await lockOf(query, key)
  return hasHolder(lock) ? { lock, serverStartedMs } : null
}

/**
 * Ends the connection of a holder, if it is still the one that was seen. The server itself looks at who has the lock, in the statement
 * that ends it: measured on MySQL 9.7 and MariaDB 10.11, KILL takes an expression.
 *
 * @param patienceMs how long it waits for the session's end
 */
export async function endHolder(query: Query, seen: SeenHolder, patienceMs = END_PATIENCE_MS): Promise<Ended> {
  const { key, holder } = seen.lock
  const now = await lookAgain(query, key)
  if (now !== null && Math.abs(now.serverStartedMs - seen.serverStartedMs) > START_TOLERANCE_MS) {
    return { what: 'restarted' }
  }
  if (now === null || !isSame(holder, now.lock.holder)) return { what: 'changed', after: now?.lock }
  try {
    await query(`KILL CONNECTION IF(${isUsedLock(key)} = ${holder.sessionId}, ${holder.sessionId}, 0)`)
  } catch (error) {
    const errno = serverErrno(error)
    if (errno === ER_NO_SUCH_THREAD) return { what: 'changed', after: await lockOf(query, key) }
    if (errno === ER_KILL_DENIED || errno === ER_ACCESS_DENIED) {
      return { what: 'denied', message: await describeRights(query) }
    }
    throw error
  }
  const isGone = await waitForEnd(query, key, holder.sessionId, patienceMs)
  return isGone ? { what: 'ended', after: await lockOf(query, key) } : { what: 'ending' }
}

/** The connection may have been lost while somebody thought about the answer. @throws {CliError} then nothing was sent */
async function lookAgain(query: Query, key: string): Promise<SeenHolder | null> {
  try {
    return await seeHolder(query, key)
  } catch (error) {
    throw new CliError(`nothing was ended: ${describeError(error)}`, EXIT.unavailable, { cause: error })
  }
}

function isSame(was: SurveyedHolder, is: SurveyedHolder): boolean {
  return was.sessionId === is.sessionId && was.user === is.user && was.host === is.host && was.label === is.label
}

/** On this process's clock that is never set. */
async function serverStart(query: Query): Promise<number> {
  const rows = await query("SHOW GLOBAL STATUS LIKE 'Uptime'")
  return performance.now() - Number(rows[0]?.['Value']) * 1_000
}

async function lockOf(query: Query, key: string): Promise<SurveyedLock | undefined> {
  const { entries } = await surveyLocks(query, { keys: [key] })
  return entries.find((lock) => lock.key === key)
}

async function waitForEnd(query: Query, key: string, sessionId: string, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  do {
    const rows = await query(`SELECT CAST(${isUsedLock(key)} AS CHAR) AS session_id`)
    if (String(rows[0]?.['session_id']) !== sessionId) return true
    await sleep(END_STEP_MS)
  } while (performance.now() < deadline)
  return false
}

/** What the account lacks. MySQL Reference Manual, "KILL Statement"; MariaDB, "GRANT": CONNECTION ADMIN came with 10.5.2. */
async function describeRights(query: Query): Promise<string> {
  const rows = await query('SELECT VERSION() AS version, CURRENT_USER() AS account')
  const version = String(rows[0]?.['version'])
  const account = String(rows[0]?.['account']).replace(/^(.*)@(.*)$/s, "'$1'@'$2'")
  const grant = (privilege: string): string => `GRANT ${privilege} ON *.* TO ${account}`
  const [major = 0, minor = 0, patch = 0] = version
    .replace(/^5\.5\.5-/, '')
    .split(/[.-]/)
    .map(Number)
  if (/mariadb/i.test(version)) {
    const isNew = major > 10 || (major === 10 && (minor > 5 || (minor === 5 && patch >= 2)))
    return `${grant(isNew ? 'CONNECTION ADMIN' : 'SUPER')} would let it`
  }
  if (major < 8) return `${grant('SUPER')} would let it`
  return `${grant('CONNECTION_ADMIN')} would let it, and where the session's own account has SYSTEM_USER, ${grant('SYSTEM_USER')} besides`
}

/** Keys are `[a-z0-9:._~-]`, so nothing needs escaping. */
function isUsedLock(key: string): string {
  return `IS_USED_LOCK(${keyLiteral(key)})`
}

function hasHolder(lock: SurveyedLock | undefined): lock is SeenHolder['lock'] {
  return lock !== undefined && lock.holder !== null
}
