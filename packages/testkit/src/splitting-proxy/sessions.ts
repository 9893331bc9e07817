import { ServerSession, type ServerAccess } from './server-session.js'

/**
 * Which session of the server a client's command goes to:
 *
 * - `statement`: for each one another
 * - `transaction`: the same as long as a transaction is open on it; then whichever was free last, so a client that is alone has the
 *   same one time and again
 * - `pinned`: as with `transaction`, but from its first GET_LOCK on a client keeps its session: what a proxy has to do
 */
export type SplittingMode = 'statement' | 'transaction' | 'pinned'

/** The sessions of a proxy on the server: as many as are busy at once, and at least two. */
export class ServerSessions {
  readonly #server: ServerAccess
  readonly #mode: SplittingMode
  /** The one that was free last at the end. */
  readonly #free: ServerSession[] = []
  readonly #all = new Set<ServerSession>()

  constructor(server: ServerAccess, mode: SplittingMode) {
    this.#server = server
    this.#mode = mode
  }

  /** Opens as many as there are to be. */
  async open(): Promise<void> {
    for (let count = 0; count < 2; count += 1) this.#free.push(await this.#another())
  }

  async take(): Promise<ServerSession> {
    const session = this.#mode === 'statement' ? this.#free.shift() : this.#free.pop()
    if (session === undefined) return this.#another()
    return session.isOpen ? session : this.take()
  }

  giveBack(session: ServerSession): void {
    this.#free.push(session)
  }

  /** The same for one on which nothing was run: it is the next one's as if it had not been taken. */
  putBack(session: ServerSession): void {
    if (this.#mode === 'statement') this.#free.unshift(session)
    else this.#free.push(session)
  }

  /** Whether a client keeps a session until it goes, once it has sent this. */
  isPinnedBy(sql: string): boolean {
    return this.#mode === 'pinned' && /\bGET_LOCK\s*\(/i.test(sql)
  }

  /** Whether a client keeps a session for what it sends next. */
  isKept(session: ServerSession): boolean {
    return this.#mode !== 'statement' && session.isInTransaction
  }

  close(): void {
    for (const session of this.#all) session.close()
  }

  async #another(): Promise<ServerSession> {
    const session = await ServerSession.open(this.#server)
    this.#all.add(session)
    session.onClosed(() => this.#all.delete(session))
    return session
  }
}
