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
   * For how long it has had the lock, in milliseconds. Exact for a holder in this process. For another process it is a
   * lower bound: the server tells how long the session has been in its present state, and keeps no time of the grant.
   */
  readonly heldMs?: number
  /** The statement it is running at the moment. It may hold values, so no message ever quotes it. */
  readonly statement?: string
}

/** Who waits for a lock, as far as the server tells: see `Holder`. */
export interface Waiter extends Omit<Holder, 'heldMs'> {
  /**
   * For how long it has waited, in milliseconds: a lower bound. The server knows of one question after the other, of an hour at most,
   * and not of callers that wait for their turn inside a process, which asks with one connection for all of them.
   */
  readonly waitedMs?: number
}

/** One key on the server: who has it and who waits for it. */
export interface NamedLockEntry {
  /** What the server sees. */
  readonly key: string
  /** The name behind the key, where this process knows it: a key cannot be turned back into its name. */
  readonly name?: string
  /** The holder; `null` when the server shows none. */
  readonly holder: Holder | null
  /** The sessions that wait for it, as far as the server shows them, in no promised order. */
  readonly waiters: readonly Waiter[]
}

/** `session 12 (shop-1:4711, app@10.0.0.7, for 1.2 s)`: a holder in a message. */
export function describeHolder(holder: Holder): string {
  const parts: string[] = []
  if (holder.label !== undefined) parts.push(holder.label)
  if (holder.user !== undefined) parts.push(holder.host === undefined ? holder.user : `${holder.user}@${holder.host}`)
  if (holder.heldMs !== undefined) parts.push(`for ${describeDuration(holder.heldMs)}`)
  return `session ${holder.sessionId}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
}

/** `350 ms`, `1.2 s`, `3 min`: short enough for a message. */
export function describeDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${Math.round(ms / 60_000)} min`
}

/** What the server says of a holder, completed by what this process knows if it is one of its own. */
export function mergeHolder(fromServer: Holder | null, local: Holder | null): Holder | null {
  if (fromServer === null) return local
  return local?.sessionId === fromServer.sessionId ? { ...fromServer, ...local } : fromServer
}
