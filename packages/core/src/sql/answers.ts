import type { Grant } from '../backend.js'
import { describeValue } from '../describe-value.js'
import { LockFailedError } from '../errors.js'
import type { Holder } from '../holder.js'
import { labelOfOthers } from '../label.js'
import { printable } from '../printable.js'
import type { Row } from './sql-source.js'

/**
 * How much of `UUID_SHORT()` says when: below the byte of the server's id, which is the same for every grant, 32 bits of seconds and 24
 * that count. MySQL 8.4 manual, section 14.23; MariaDB's is the same.
 */
const TOKEN_BITS = 56

/** A grant, and what the server said of itself with it. */
export interface SqlGrant extends Grant {
  /** Whether the server takes no writes (any more): see `ServerFacts.readOnly`. */
  readonly isReadOnly: boolean
}

/**
 * The answer to `GET_LOCK`: 1 granted, 0 not in time; NULL (and anything else) is no answer to rely on. Drivers return it
 * as a number, a string or a bigint.
 *
 * @param rows with `granted`, `session_id`, `token` and `read_only`
 * @returns `null` when it was not granted in time
 * @throws {LockFailedError} for any other answer
 */
export function decodeGrant(rows: readonly Row[]): SqlGrant | null {
  const row = onlyRow(rows, 'GET_LOCK')
  const granted = toInteger(row['granted'])
  if (granted === 0n) return null
  if (granted !== 1n) {
    throw new LockFailedError(`The server answered GET_LOCK with ${describeAnswer(row['granted'])}, neither 1 nor 0`)
  }
  const sessionId = toInteger(row['session_id'])
  const token = toInteger(row['token'])
  if (sessionId === undefined || token === undefined) {
    throw new LockFailedError('The server granted the lock without naming the session or a token')
  }
  return {
    sessionId: String(sessionId),
    token: BigInt.asUintN(TOKEN_BITS, token),
    isReadOnly: !isOff(row['read_only']),
  }
}

/** A sign of life: which session gave it, and whether its server takes no writes (any more). */
export function decodeSignOfLife(
  rows: readonly Row[],
): Pick<SqlGrant, 'isReadOnly'> & { sessionId: string | undefined } {
  const row = onlyRow(rows, 'a sign of life')
  return { sessionId: decodeSessionId(row), isReadOnly: !isOff(row['read_only']) }
}

/** Whether every key of a release was still held. */
export function wereAllReleased(rows: readonly Row[]): boolean {
  return Object.values(onlyRow(rows, 'RELEASE_LOCK')).every((released) => toInteger(released) === 1n)
}

/** The id in the column `session_id`, of whatever type a driver makes it. */
export function decodeSessionId(row: Row): string | undefined {
  const sessionId = toInteger(row['session_id'])
  return sessionId === undefined ? undefined : String(sessionId)
}

/** A holder or waiter from the columns `session_id`, `user`, `host`, `in_state_ms`, `statement` and `label`; any may be missing. */
export function decodeSession(row: Row): Holder | null {
  const sessionId = decodeSessionId(row)
  if (sessionId === undefined) return null
  const { user, host, statement, label } = row
  const inStateMs = Math.floor(Number(row['in_state_ms'] ?? 0))
  return {
    sessionId,
    ...(typeof user === 'string' && { user: printable(user) }),
    ...(typeof host === 'string' && { host: printable(host.replace(/:\d+$/, '')) }),
    ...(typeof label === 'string' && { label: labelOfOthers(label) }),
    // A lower bound of 0 says nothing.
    ...(inStateMs > 0 && { heldMs: inStateMs }),
    ...(typeof statement === 'string' && { statement }),
  }
}

/** The same of the holder of a key. */
export function decodeHolder(row: Row, key: string): Holder | null {
  const session = decodeSession(row)
  return session === null ? null : withoutWait(session, key)
}

/** Leaves out the time of a holder whose statement that took the lock still runs: it is that of the wait. */
export function withoutWait<Session extends { readonly heldMs?: number; readonly statement?: string }>(
  session: Session,
  key: string,
): Session | Omit<Session, 'heldMs'> {
  const statement = session.statement?.toLowerCase()
  if (statement === undefined || !/\bget_lock\s*\(/.test(statement) || !statement.includes(key)) return session
  const { heldMs: _, ...others } = session
  return others
}

/** Whether a variable that says yes or no says no: 0, or a word. Whatever else a newer server may say is no no. */
export function isOff(value: unknown): boolean {
  return toInteger(value) === 0n || value === false || (typeof value === 'string' && /^(?:off|no|false)$/i.test(value))
}

function onlyRow(rows: readonly Row[], statement: string): Row {
  const row = rows[0]
  if (row === undefined) throw new LockFailedError(`The server answered ${statement} without a row`)
  return row
}

/** A whole number of the server's, in whatever way the driver returns it. */
export function toInteger(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  // Beyond 2^53 a number is another one than the server's.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined
}

function describeAnswer(value: unknown): string {
  return value === null ? 'NULL' : describeValue(value)
}
