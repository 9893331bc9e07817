import type { Holder, Waiter } from '../../holder.js'

/** What a survey tells of a session besides what is told of every holder. */
export interface SurveyedSession {
  /** The session's current database, where the server shows it and one is selected. */
  readonly database?: string
  /** The `namespace` that the application gave to `namedLocks()`; absent when it gave none, or when the server does not show it. */
  readonly namespace?: string
}

/** Who has a lock. `heldMs` is always a lower bound here: for how long the session has been in its present state. */
export interface SurveyedHolder extends Holder, SurveyedSession {}

/** Who waits for a lock. */
export interface SurveyedWaiter extends Waiter, SurveyedSession {}

/** One user-level lock of the server, of ormutex or of anybody else. */
export interface SurveyedLock {
  /** What the server sees. Other programs' names may hold any characters. */
  readonly key: string
  /** The holder; `null` when the server shows none. */
  readonly holder: SurveyedHolder | null
  /** The sessions that wait for it, who waits longest first as far as that is known. */
  readonly waiters: readonly SurveyedWaiter[]
}

/** What can be seen of a server's locks. */
export interface Survey {
  /** The locks, in the order of their keys. */
  readonly entries: readonly SurveyedLock[]
  /** What cannot be seen here with this account, why, and what would show it: whole sentences. Empty when all can be seen. */
  readonly hidden: readonly string[]
  /**
   * Whether every lock that is held is among the entries. Otherwise only those are that somebody waits for, and those that were asked
   * for by key; so a lock that comes into sight need not have been taken just now.
   */
  readonly listsHeld: boolean
}
