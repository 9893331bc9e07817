import { describeValue } from '../../describe-value.js'
import { isExactKey } from '../../keys.js'
import type { Dialect, Query } from '../dialect.js'
import { describeHidden } from './hidden.js'
import { seeLocks } from './see-locks.js'
import type { Survey } from './surveyed.js'

/** Options of `surveyLocks`. */
export interface SurveyOptions {
  /**
   * Keys to ask for by name, 1 to 64 characters of `[a-z0-9:._~-]`: their holders are found also where the server lists no locks.
   * @default none
   */
  readonly keys?: readonly string[] | undefined
}

/**
 * Every user-level lock of a MySQL or MariaDB server, as far as it shows them to this account: its holder and who waits for it. What is
 * missing for want of a privilege, a plugin or a setting is said in `hidden`. Takes no lock, and works on any server, also on one
 * where locks are none (a replica, a node of a cluster).
 *
 * @param query sends a statement and resolves with its rows as plain objects; always on the same connection
 * @throws {TypeError} for keys that are none
 * @throws the driver's error, when the connection fails
 * @example
 * const { entries, hidden } = await surveyLocks(async (sql) => (await connection.query<RowDataPacket[]>(sql))[0])
 * for (const { key, holder, waiters } of entries) console.log(key, holder?.label, waiters.length)
 */
export async function surveyLocks(query: Query, { keys = [] }: SurveyOptions = {}): Promise<Survey> {
  for (const key of keys) {
    if (typeof key !== 'string' || !isExactKey(key)) {
      throw new TypeError(`keys must be 1 to 64 characters of [a-z0-9:._~-] each, got ${describeValue(key)}`)
    }
  }
  const server = await serverOf(query)
  const { entries, sight } = await seeLocks(query, server, keys)
  return { entries, ...(await describeHidden(query, server, sight)) }
}

async function serverOf(query: Query): Promise<Dialect['name']> {
  const rows = await query('SELECT VERSION() AS version')
  return /mariadb/i.test(String(rows[0]?.['version'])) ? 'mariadb' : 'mysql'
}
