import { setTimeout as sleep } from 'node:timers/promises'
import { keyLiteral, type Row } from '@ormutex/core/sql'
import type { Lock } from '@ormutex/mysql2'
import type { Connection } from 'mysql2'
import type { ConnectionSettings } from '../connection-settings.js'
import { NoAnswerError, ServerConnection } from '../server-connection.js'

/** How long the lock's own session has for its answer before another one is asked, too, in milliseconds. */
const SOON_MS = 500

/** How long each of them has, in milliseconds. */
const PATIENCE_MS = 5_000

/** Who can tell whether a lock is held. */
export interface Witnesses {
  /** The connection of the lock's session, where it is known. */
  readonly own: Connection | undefined
  /** For another connection. */
  readonly settings: ConnectionSettings
}

/**
 * Whether a lock is still held. A connection that was cut off says nothing; the server does. The lock's own session is asked, since an
 * account or a server may have no further connection; when it does not answer soon, another one is asked, too.
 *
 * @throws why, when none could be asked
 */
export async function isStillHeld(lock: Lock, witnesses: Witnesses): Promise<boolean> {
  const isLost = new Promise<false>((resolve) => {
    lock.signal.addEventListener('abort', () => resolve(false), { once: true })
  })
  return !lock.signal.aborted && (await Promise.race([isLost, ask(lock, witnesses)]))
}

async function ask(lock: Lock, { own, settings }: Witnesses): Promise<boolean> {
  const sql = `SELECT CAST(IS_USED_LOCK(${keyLiteral(lock.key)}) AS CHAR) AS session_id`
  const answer = askOwn(own, sql)
  const other = inTime(answer, SOON_MS).catch(() => askOther(settings, sql))
  try {
    const rows = await Promise.any([inTime(answer, PATIENCE_MS), other])
    return String(rows[0]?.['session_id']) === lock.sessionId
  } catch (error) {
    throw (error as AggregateError).errors.at(-1)
  }
}

function askOwn(own: Connection | undefined, sql: string): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    if (own === undefined) return reject(new NoAnswerError('The connection of the lock is not known'))
    own.query({ sql, rowsAsArray: false }, (error, rows) =>
      error === null ? resolve(rows as readonly Row[]) : reject(error),
    )
  })
}

async function askOther(settings: ConnectionSettings, sql: string): Promise<readonly Row[]> {
  const connection = new ServerConnection(settings, PATIENCE_MS)
  try {
    return await connection.query(sql)
  } finally {
    connection.close()
  }
}

/** A connection that is destroyed calls nobody back. */
function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  const late = async (): Promise<never> => {
    await sleep(ms)
    throw new NoAnswerError(`The server did not answer in ${ms / 1_000} s`)
  }
  return Promise.race([answer, late()])
}
