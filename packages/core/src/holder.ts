/**
 * Who has a lock, as far as the server tells.
 *
 * `sessionId` is always there. What else is there depends on the server and on the account's privileges: MySQL and
 * MariaDB show `user`, `host` and `statement` of other accounts' sessions only to accounts with the PROCESS privilege.
 * Others choose what stands there, so in `user`, `host` and `label` whatever cannot be printed is spelt out: `\u{1b}`.
 */
export interface Holder {
  /** The server's connection id (for a backend without connections: the lease's id), as a string. */
  readonly sessionId: string
  /** The database account. */
  readonly user?: string
  /** The client's host, as the server names it, without the port. */
  readonly host?: string
  /** What the holder calls itself: the `label` option of its `namedLocks()`, `hostname:pid` by default. Cut after 64 characters. */
  readonly label?: string
  /**
   * For how long it has had the lock, in whole milliseconds, rounded down. Exact for a holder in this process. For another process it is a lower bound: the
   * server tells how long the session has been in its present state, and keeps no time of the grant (MySQL 9.7, MariaDB 10.11, measured).
   */
  readonly heldMs?: number
  /**
   * The statement it is running at the moment. It may hold values, so no message ever quotes it, and among the `holder` of an error
   * or of a `try…` call it is not enumerable: what is logged of that does not show it.
   */
  readonly statement?: string
}

/** Who waits for a lock, as far as the server tells: see {@link Holder}. */
export interface Waiter extends Omit<Holder, 'heldMs'> {
  /**
   * For how long it has waited, in whole milliseconds: a lower bound. The server knows of one question after the other, of an hour at most,
   * and not of callers that wait for their turn inside a process, which asks with one connection for all that wait for one name.
   */
  readonly waitedMs?: number
}

/** One key on the server: who has it and who waits for it. */
export interface NamedLockEntry {
  /** What the server sees: at most 64 characters of ASCII, where it is one of ormutex's. */
  readonly key: string
  /** The name behind the key, where this process knows it: a key cannot be turned back into its name. */
  readonly name?: string
  /** The holder; `null` when the server shows none. */
  readonly holder: Holder | null
  /** The sessions that wait for it, as far as the server shows them, in no promised order. */
  readonly waiters: readonly Waiter[]
}

/**
 * A holder in a message: `session 12 (shop-1:4711, app@10.0.0.7, for 1.2 s)`. Never its statement.
 *
 * @param holder what of it is known is told
 */
export function describeHolder(holder: Holder): string {
  const parts: string[] = []
  if (holder.label !== undefined) parts.push(holder.label)
  if (holder.user !== undefined) parts.push(holder.host === undefined ? holder.user : `${holder.user}@${holder.host}`)
  if (holder.heldMs !== undefined) parts.push(`for ${describeDuration(holder.heldMs)}`)
  return `session ${holder.sessionId}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * A duration for people: `350 ms`, `1.2 s`, from two minutes on `3 min`, from two hours on `2.5 h`, from two days on `3.5 days`.
 *
 * @param ms in milliseconds, 0 or more
 */
export function describeDuration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`
  if (ms < 2 * MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`
  if (ms < 2 * DAY_MS) return `${(ms / HOUR_MS).toFixed(1)} h`
  return `${(ms / DAY_MS).toFixed(1)} days`
}

/** What the server says of a holder, completed by what this process knows if it is one of its own. */
export function mergeHolder(fromServer: Holder | null, local: Holder | null): Holder | null {
  if (fromServer === null) return local
  return local?.sessionId === fromServer.sessionId ? { ...fromServer, ...local } : fromServer
}
