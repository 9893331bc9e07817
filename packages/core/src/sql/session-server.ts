import type { Clock } from '../clock.js'
import { decodeSessionId } from './answers.js'
import { SESSION_ID } from './dialect.js'
import type { LiveConnection } from './live-connection.js'
import type { ProbedServer, Server } from './server-probe.js'
import type { Keeping, SessionProof } from './session-proof.js'
import { isSameConnectionId } from './split-session.js'
import type { SqlDriver } from './sql-source.js'

/** What is known of the server of a source, for all of its connections. */
export interface SourceServer {
  readonly probed: ProbedServer
  readonly proof: SessionProof
  readonly clock: Clock
}

/** Longest wait for a further connection of the pool, in milliseconds: it may have none to give, and a call is waiting. */
const LONGEST_PROVING_MS = 200

/** The server at the other end of one connection, and under which ids it knows that. */
export class SessionServer<Connection> {
  readonly #source: SourceServer
  readonly #live: LiveConnection<Connection>
  readonly #driver: SqlDriver<Connection>
  readonly #keptBy: Keeping
  #server: Server | undefined
  #isProven = false
  /** The id of the session that a proxy keeps for a transaction. */
  #keptId: string | undefined

  constructor(source: SourceServer, live: LiveConnection<Connection>, driver: SqlDriver<Connection>, keptBy: Keeping) {
    this.#source = source
    this.#live = live
    this.#driver = driver
    this.#keptBy = keptBy
  }

  /** As far as it was asked. What this connection was told stays, whatever others find out meanwhile. */
  get soFar(): Server | undefined {
    return (this.#server ??= this.#source.probed.known)
  }

  /** @throws {LockUnsupportedError} when a lock taken there excludes nobody */
  async now(): Promise<Server> {
    return (this.#server = this.soFar ?? (await this.#source.probed.probe(this.#live.query, this.#greetedId)))
  }

  /**
   * As far as locks can be taken there without a further question.
   *
   * @param waitMs as with `lockableNow`
   */
  lockableSoFar(waitMs: number): Server | undefined {
    const server = this.soFar
    if (server?.isDirect !== false) return server
    this.#isProven ||= this.#source.proof.isDone(this.#keptBy)
    return this.#isProven && !this.#isToBeNamed(waitMs) ? server : undefined
  }

  /**
   * @param waitMs how long the lock is going to be waited for, of which not too much is to be spent on this; 0 for no such limit
   * @throws {LockUnsupportedError} when a lock taken there excludes nobody, or is not kept by this connection
   */
  async lockableNow(waitMs: number): Promise<Server> {
    const server = await this.now()
    if (server.isDirect) return server
    if (!this.#isProven) {
      const patienceMs = waitMs === 0 ? LONGEST_PROVING_MS : Math.min(LONGEST_PROVING_MS, waitMs / 2)
      await this.#source.proof.prove({ query: this.#live.query, keptBy: this.#keptBy }, patienceMs)
      this.#isProven = true
    }
    if (this.#isToBeNamed(waitMs)) {
      const [row] = await this.#live.query(`SELECT ${SESSION_ID}`)
      this.#keptId = decodeSessionId(row ?? {})
    }
    return server
  }

  /** It is not any more what it was when it was asked: has the next connection ask anew. */
  forget(): void {
    this.#source.probed.forget()
    this.#source.proof.forget()
  }

  /**
   * Whether an answer is from the session that this connection has.
   *
   * @param knownId the id of the session with what is held, if anything is: a proxy that keeps sessions has to do so only that long
   */
  isOwn(sessionId: string, knownId: string | undefined): boolean {
    if (this.#server?.isDirect === true) return isSameConnectionId(this.#greetedId, sessionId)
    return knownId === undefined || knownId === sessionId
  }

  /**
   * The server's id of the session, as far as it is certain: behind a proxy, that of the greeting may be somebody else's.
   *
   * @param knownId as with `isOwn`
   */
  sessionId(knownId: string | undefined): string | undefined {
    const isProxied = this.#greetedId !== undefined && this.#server?.isDirect === false
    return (isProxied ? knownId : this.#driver.threadIdOf(this.#live.connection)) ?? this.#keptId
  }

  /** Whether there is to be a wait in somebody's transaction which, once given up, could not be ended without its session's id. */
  #isToBeNamed(waitMs: number): boolean {
    return waitMs > 0 && this.#keptBy === 'foreign transaction' && this.sessionId(undefined) === undefined
  }

  get #greetedId(): string | undefined {
    const { connection } = this.#live
    const driver = this.#driver
    return driver.greetedIdOf === undefined ? driver.threadIdOf(connection) : driver.greetedIdOf(connection)
  }
}
