import type { Holder, NamedLockEntry } from '../holder.js'
import type { Row } from './sql-source.js'

/** Sends a statement on a session and resolves with its rows. Rejects with the driver's error. */
export type Query = (sql: string) => Promise<readonly Row[]>

/** What an error in answer to GET_LOCK says about the lock. */
export type Refusal =
  /** The statement's own time limit ran out: not granted, but a grant in the last moment has to be looked for. */
  | 'limit'
  | 'deadlock'
  /** Somebody ended the statement from outside. */
  | 'interrupted'
  /** Anything else. */
  | 'other'

/** How one family of servers locks: its statements, and what its answers mean. Knows no driver and no ORM. */
export interface Dialect {
  /** Which family. */
  readonly name: 'mysql' | 'mariadb'
  /**
   * The statement that asks for a key: `granted`, `session_id`, `token` and `read_only` in one row.
   * @param waitMs in milliseconds; 0 does not wait
   */
  ask(key: string, waitMs: number): string
  /**
   * The statement that asks the session with a key for a sign of life, and whether writes are still taken: `session_id` and `read_only` in one row. It asks
   * for the key so that a proxy that parts reads from writes sends it where it has sent GET_LOCK. Opens no read view.
   */
  signOfLife(heldKey: string): string
  /** What an error in answer to GET_LOCK says about the lock, by the server's number. */
  refusal(errno: number | undefined): Refusal
  /** The statement that gives keys back, each answered in a column of its own. */
  release(keys: readonly string[]): string
  /** Asks who has a key: `null` when nobody. Rejects as `query`. */
  holderOf(query: Query, key: string): Promise<Holder | null>
  /** Asks for every key that is held or waited for, as far as the server shows. Rejects as `query`. */
  list(query: Query, knownKeys: readonly string[]): Promise<NamedLockEntry[]>
}

/**
 * A key as a literal. Keys are `[a-z0-9:._~-]` by construction, so nothing needs escaping; the introducer keeps the bytes
 * the same whatever `character_set_connection` is, since MariaDB compares names byte by byte.
 */
export function keyLiteral(key: string): string {
  return `_utf8mb4'${key}'`
}

/**
 * A column as text in the default collation of utf8mb4. Columns of the server's own are in a binary one, of which some drivers make
 * bytes, and some an error.
 */
export function text(column: string): string {
  return `CONVERT(${column} USING utf8mb4)`
}

/** The server's id of the session that answers. Above 2^53 on TiDB, so it travels as text, as all ids of sessions do. */
export const SESSION_ID = `${text('CONNECTION_ID()')} AS session_id`

/** Evaluated after the wait, so tokens grow with the grants; above 2^53, so it travels as text, whatever the session's collation is. */
export const TOKEN = 'CAST(UUID_SHORT() AS CHAR CHARACTER SET utf8mb4) AS token'

/** See `Dialect.signOfLife`. @param readOnly the dialect's column `read_only` */
export function signOfLifeStatement(heldKey: string, readOnly: string): string {
  return `SELECT IS_USED_LOCK(${keyLiteral(heldKey)}) AS holder_id, ${SESSION_ID}, ${readOnly}`
}

/** `RELEASE_LOCK` answers 1 for mine, 0 for somebody else's, NULL for nobody's. Both servers. */
export function releaseStatement(keys: readonly string[]): string {
  return `SELECT ${keys.map((key, index) => `RELEASE_LOCK(${keyLiteral(key)}) AS released_${index}`).join(', ')}`
}
