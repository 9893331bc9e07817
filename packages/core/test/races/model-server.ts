import type { Clock } from '@ormutex/core'
import type { Row } from '@ormutex/core/sql'

/** `wait_timeout` in seconds, as long as nobody sets another one. */
export const WAIT_TIMEOUT = 28_800

/** ER_QUERY_TIMEOUT: what MySQL answers when MAX_EXECUTION_TIME has run out. */
const ER_QUERY_TIMEOUT = 3024

/** What the server knows of a connection. */
export class ServerSession {
  readonly keys = new Set<string>()
  /** Those of them that a caller was told of. */
  readonly protecting = new Set<string>()
  /** What the open transaction has written; `undefined` when none is open. */
  rows: number[] | undefined
  waitTimeout = WAIT_TIMEOUT
  isOver = false
  stopWaiting: () => void = () => {}

  constructor(readonly id: number) {}
}

interface Waiter {
  readonly session: ServerSession
  readonly granted: () => void
}

/** What is told to whoever watches over the rules. */
export interface Watch {
  /** A rule was broken. */
  broken(what: string): void
  /** A session gave a key back that it had. */
  released(key: string, session: ServerSession): void
}

/**
 * As much of MySQL as a lock under a transaction needs: who has a key, who waits for it, and what was committed. It watches over what
 * only the server can see: whatever is begun or committed, is so under a lock, and no lock goes while a transaction needs it.
 */
export class ModelServer {
  readonly committed = new Set<number>()
  readonly sessions = new Map<string, ServerSession>()
  readonly #clock: Clock
  readonly #watch: Watch
  readonly #holders = new Map<string, ServerSession>()
  readonly #grants = new Map<string, bigint>()
  readonly #waiters = new Map<string, Set<Waiter>>()
  #lastGrant = 0n

  constructor(clock: Clock, watch: Watch) {
    this.#clock = clock
    this.#watch = watch
  }

  /** Keys that anybody has. */
  get heldKeys(): string[] {
    return [...this.#holders.keys()]
  }

  /** The number of the grant that a key is held by. */
  grantOf(key: string): bigint | undefined {
    return this.#holders.has(key) ? this.#grants.get(key) : undefined
  }

  isWaitedFor(key: string): boolean {
    return (this.#waiters.get(key)?.size ?? 0) > 0
  }

  open(): ServerSession {
    const session = new ServerSession(this.sessions.size + 1)
    this.sessions.set(String(session.id), session)
    return session
  }

  holderOf(key: string): ServerSession | undefined {
    return this.#holders.get(key)
  }

  /** Whatever ended a session: what it has goes, and what it had not committed never happened. */
  end(session: ServerSession): void {
    if (session.isOver) return
    session.isOver = true
    session.rows = undefined
    session.stopWaiting()
    for (const key of session.keys) this.release(session, key)
  }

  /** A key that is free. */
  take(session: ServerSession, key: string): void {
    this.#lastGrant += 1n
    this.#grants.set(key, this.#lastGrant)
    this.#holders.set(key, session)
    session.keys.add(key)
  }

  release(session: ServerSession, key: string): void {
    session.keys.delete(key)
    session.protecting.delete(key)
    this.#holders.delete(key)
    const next = this.#waiters.get(key)?.values().next().value
    if (next === undefined) return
    this.take(next.session, key)
    next.granted()
  }

  /** Resolves with the answer, or rejects with an error of the server's; neither once the session is over. */
  async execute(session: ServerSession, sql: string): Promise<readonly Row[]> {
    if (sql.includes(' GET_LOCK(')) return this.#getLock(session, sql)
    if (sql.includes('RELEASE_LOCK(')) return [this.#releaseLocks(session, sql)]
    if (isSignOfLife(sql)) return [{ session_id: session.id, read_only: 0 }]
    if (sql.includes('IS_USED_LOCK(')) return [{ session_id: this.holderOf(literalOf(sql))?.id ?? null }]
    if (sql.startsWith('SHOW VARIABLES')) return [{ Variable_name: 'version', Value: '8.4.0' }]
    if (sql.startsWith('SELECT DATABASE()')) return [{ session_id: session.id }]
    if (sql.startsWith('INSERT')) session.rows?.push(rowOf(sql))
    if (sql === 'BEGIN') this.#begin(session)
    if (sql.startsWith('COMMIT')) this.#commit(session)
    if (sql === 'ROLLBACK') session.rows = undefined
    if (sql === 'COMMIT AND CHAIN') this.#begin(session)
    if (sql.startsWith('KILL ')) this.end(this.sessions.get(sql.slice('KILL '.length))!)
    const waitTimeout = /SESSION wait_timeout = (\S+)$/.exec(sql)?.[1]
    if (waitTimeout !== undefined)
      session.waitTimeout = waitTimeout.startsWith('@') ? WAIT_TIMEOUT : Number(waitTimeout)
    return []
  }

  #begin(session: ServerSession): void {
    if (session.keys.size === 0) this.#watch.broken(`session ${session.id}: BEGIN without a lock`)
    if (session.rows !== undefined) this.#watch.broken(`session ${session.id}: BEGIN in a transaction`)
    session.rows = []
  }

  #commit(session: ServerSession): void {
    if (session.rows === undefined) this.#watch.broken(`session ${session.id}: COMMIT of nothing`)
    if (session.keys.size === 0) this.#watch.broken(`session ${session.id}: COMMIT without a lock`)
    for (const row of session.rows ?? []) this.committed.add(row)
    session.rows = undefined
  }

  #releaseLocks(session: ServerSession, sql: string): Row {
    const answer: Record<string, unknown> = {}
    for (const [, key, column] of sql.matchAll(/RELEASE_LOCK\(_utf8mb4'([^']+)'\) AS (\w+)/g)) {
      const holder = this.holderOf(key!)
      answer[column!] = holder === undefined ? null : Number(holder === session)
      if (holder !== session) continue
      if ((session.rows?.length ?? 0) > 0 && session.protecting.has(key!))
        this.#watch.broken(`session ${session.id}: RELEASE_LOCK before COMMIT`)
      this.#watch.released(key!, session)
      this.release(session, key!)
    }
    return answer
  }

  #getLock(session: ServerSession, sql: string): readonly Row[] | Promise<readonly Row[]> {
    const key = literalOf(sql)
    const holder = this.holderOf(key)
    if (holder === session) this.#watch.broken(`session ${session.id}: GET_LOCK of what it has`)
    if (holder === undefined) {
      this.take(session, key)
      return this.#granted(session, key)
    }
    const limitMs = Number(/MAX_EXECUTION_TIME\((\d+)\)/.exec(sql)?.[1] ?? 0)
    return limitMs === 0 ? [{ granted: 0, session_id: session.id, token: '0' }] : this.#wait(session, key, limitMs)
  }

  #wait(session: ServerSession, key: string, limitMs: number): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(key) ?? new Set()
      this.#waiters.set(key, waiters)
      const waiter: Waiter = {
        session,
        granted: () => {
          session.stopWaiting()
          resolve(this.#granted(session, key))
        },
      }
      const limit = this.#clock.after(limitMs, () => {
        session.stopWaiting()
        reject(serverError(ER_QUERY_TIMEOUT))
      })
      session.stopWaiting = () => {
        limit.stop()
        waiters.delete(waiter)
        session.stopWaiting = () => {}
      }
      waiters.add(waiter)
    })
  }

  #granted(session: ServerSession, key: string): readonly Row[] {
    return [{ granted: 1, session_id: session.id, token: String(this.#grants.get(key)), read_only: 0 }]
  }
}

/** An error that a server answers. */
export function serverError(errno: number): Error {
  return Object.assign(new Error(`The server answered ${errno}`), { errno })
}

/** Whether a statement asks the holder of a key whether its server still takes writes. */
export function isSignOfLife(sql: string): boolean {
  return /^SELECT IS_USED_LOCK\(.*@@read_only/.test(sql)
}

/** What an INSERT writes. */
export function rowOf(sql: string): number {
  return Number(sql.slice('INSERT '.length))
}

/** The key that a statement is about. */
function literalOf(sql: string): string {
  return /_utf8mb4'([^']+)'/.exec(sql)![1]!
}
