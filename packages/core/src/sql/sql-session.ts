import { type AfterCommit, type Grant, type Session, SessionLostError } from '../backend.js'
import type { Clock } from '../clock.js'
import { LockFailedError, LockUnsupportedError } from '../errors.js'
import type { Holder, NamedLockEntry } from '../holder.js'
import { Sequence } from '../sequence.js'
import { decodeGrant, decodeSignOfLife, type SqlGrant, wereAllReleased } from './answers.js'
import type { Bystander } from './bystander.js'
import type { Dialect } from './dialect.js'
import { GivenUpWait } from './given-up-wait.js'
import { grantFailure } from './grant-failure.js'
import { LiveConnection } from './live-connection.js'
import { readerRefusal } from './server-refusal.js'
import { SessionServer, type SourceServer } from './session-server.js'
import { shown } from './shown.js'
import { SPLIT } from './split-session.js'
import { isAnswerMissing, isNeverSent, serverErrno } from './sql-errors.js'
import type { SqlSource } from './sql-source.js'
import { TransactionChain } from './transaction-chain.js'

/** Longest single wait at the server, in milliseconds: a bound on how long a waiter can sit on a connection that died without a word. */
const LONGEST_WAIT_MS = 3_600_000

/** How late the answer to a wait of that length may be, in milliseconds, before its connection counts as dead. */
const LATE_ANSWER_MS = 60_000

/** How long the caller of a joined wait that it gave up waits for its end, in milliseconds: part of the 50 that it is promised. */
const ABANDON_MS = 35

/** A session on a database connection. */
export class SqlSession<Connection, Tx, TxOptions extends object> implements Session<Tx, TxOptions> {
  /** A connection lives by itself, as long as it is not bounded. */
  readonly renewEveryMs = null
  protected readonly source: SqlSource<Connection, Tx, TxOptions>
  readonly #clock: Clock
  readonly #pinned: boolean
  readonly #live: LiveConnection<Connection>
  readonly #server: SessionServer<Connection>
  readonly #chain: TransactionChain<Connection, Tx, TxOptions>
  readonly #bystander: Bystander
  #orphanTimeoutMs = Infinity
  /** How many questions there were, and up to which of them nobody waits for the answer any more. */
  #asked = 0
  #abandoned = 0
  /** One question or release after the other, in the order of the calls. */
  readonly #sequence = new Sequence()
  #givenUp: GivenUpWait | undefined
  #lastGrantedKey: string | undefined
  #id: string | undefined
  /** What is held, as a proof that the session id is still ours. */
  readonly #heldKeys = new Set<string>()

  /** @param pinned true for a connection that we took out of the pool, false for one that belongs to a transaction */
  constructor(
    source: SqlSource<Connection, Tx, TxOptions>,
    connection: Connection,
    server: SourceServer,
    bystander: Bystander,
    pinned: boolean,
  ) {
    this.source = source
    this.#clock = server.clock
    this.#pinned = pinned
    this.#live = new LiveConnection(source, connection, pinned)
    const keptBy = !pinned ? 'foreign transaction' : source.isInTransaction?.(connection) ? 'transaction' : 'nothing'
    this.#server = new SessionServer(server, this.#live, source.driver, keptBy)
    this.#chain = new TransactionChain(source, this.#live)
    this.#bystander = bystander
  }

  protected get connection(): Connection {
    return this.#live.connection
  }

  get longestWaitMs(): number {
    return this.source.longestWaitMs ?? LONGEST_WAIT_MS
  }

  get id(): string | undefined {
    return this.#id
  }

  async defaultNamespace(): Promise<string> {
    return (await this.#server.now()).database
  }

  async boundOrphan(ms: number): Promise<void> {
    if (ms >= this.#orphanTimeoutMs) return
    // Only the first time: the variable keeps what the application had set.
    const keepOld = this.#orphanTimeoutMs === Infinity ? '@ormutex_wait_timeout = @@SESSION.wait_timeout, ' : ''
    this.#orphanTimeoutMs = ms
    await this.#live.query(`SET ${keepOld}SESSION wait_timeout = ${ms / 1_000}`)
  }

  async acquire(key: string, waitMs: number): Promise<Grant | null> {
    const until = waitMs === 0 ? undefined : this.#clock.now() + waitMs
    const nth = (this.#asked += 1)
    const turn = this.#sequence.enter()
    if (turn !== undefined) await turn
    try {
      return await this.#ask(nth, key, waitMs, until)
    } finally {
      this.#sequence.leave()
    }
  }

  async abandon(key: string): Promise<void> {
    // One whose turn has not come yet is not to be asked any more.
    this.#abandoned = this.#asked
    const threadId = this.#server.sessionId(this.#heldId)
    const wait = new GivenUpWait(
      (isStillWaiting) => this.#bystander.cancelWait(threadId, key, isStillWaiting),
      (cause) => this.#live.lose(cause),
    )
    this.#givenUp = wait
    const end = async (): Promise<void> => {
      await this.#sequence.enter()
      try {
        wait.over()
        await wait.underway
        // Granted, and on its way to a caller who had just turned away.
        if (this.#lastGrantedKey === key) await this.#giveBack(key)
      } catch {
        // Whoever cannot give it back has ended the session.
      } finally {
        this.#sequence.leave()
      }
    }
    await Promise.race([end(), new Promise((resolve) => setTimeout(resolve, ABANDON_MS))])
  }

  async release(keys: readonly string[]): Promise<void> {
    const turn = this.#sequence.enter()
    if (turn !== undefined) await turn
    try {
      const { dialect } = this.#server.soFar ?? (await this.#server.now())
      for (const key of keys) this.#heldKeys.delete(key)
      if (!wereAllReleased(await this.#live.query(dialect.release(keys)))) {
        throw new LockFailedError('The session did not have a lock any more when it was released')
      }
    } finally {
      this.#sequence.leave()
    }
  }

  renew(): Promise<void> {
    const [heldKey] = this.#heldKeys
    // A statement would change FOUND_ROWS(), ROW_COUNT() and the warnings under the application's own ones.
    const isInUse = !this.#pinned || this.#chain.isRunning
    if (isInUse) return this.#live.ping()
    // Without a key it is being released: nothing is to be kept alive, and whoever releases has a limit of its own.
    return heldKey === undefined ? Promise.resolve() : this.#checkWriter(heldKey)
  }

  onLost(listener: (cause: unknown) => void): () => void {
    return this.#live.onLost(listener)
  }

  isUnsent(error: unknown): boolean {
    return isNeverSent(this.#driverErrorOf(error))
  }

  isLostBy(error: unknown): boolean {
    return error instanceof SessionLostError || isAnswerMissing(this.#driverErrorOf(error))
  }

  transaction(
    work: (transaction: Tx) => Promise<unknown>,
    options: TxOptions,
    next: () => TxOptions | undefined,
  ): Promise<AfterCommit | void> {
    return this.#chain.run(work, options, next)
  }

  repurpose(purpose: TxOptions): boolean {
    const { source } = this
    if (source.resetsConnections === true) return false
    return source.repurpose === undefined || source.repurpose(this.connection, purpose)
  }

  async holderOf(key: string): Promise<Holder | null> {
    return (await this.#server.now()).dialect.holderOf(this.#live.query, key)
  }

  async list(knownKeys: readonly string[]): Promise<NamedLockEntry[]> {
    return (await this.#server.now()).dialect.list(this.#live.query, knownKeys)
  }

  async close(): Promise<void> {
    // A wait that was given up may still be on its way out.
    if (this.#sequence.isBusy) await this.#sequence.ended()
    if (this.#live.isOver) return
    try {
      if (this.#chain.isAhead) await this.#chain.end()
      // A variable of the session's own keeps the old value, so that it need not be asked for first.
      if (this.#orphanTimeoutMs !== Infinity) await this.#live.query('SET SESSION wait_timeout = @ormutex_wait_timeout')
    } catch {
      return this.destroy()
    }
    this.#live.leave()
  }

  destroy(options?: { readonly evenIfBusy?: boolean }): void {
    if (this.#live.isOver) return
    this.#live.destroy()
    // A server that is busy with a statement sees only at its end that the connection is gone.
    const [key] = this.#heldKeys
    if (options?.evenIfBusy === true && key !== undefined && this.#id !== undefined) {
      this.#bystander.killHolder({ key, sessionId: this.#id })
    }
  }

  #driverErrorOf(error: unknown): unknown {
    const { driver } = this.source
    return driver.driverErrorOf === undefined ? error : driver.driverErrorOf(error)
  }

  /** A sign of life of a server that still is the one to take locks on. */
  async #checkWriter(heldKey: string): Promise<void> {
    const { dialect } = this.#server.soFar ?? (await this.#server.now())
    const rows = await shown(this.#live.query, dialect.signOfLife(heldKey))
    // A refusal is a sign of life, too.
    if (rows === undefined) return
    const { sessionId, isReadOnly } = decodeSignOfLife(rows)
    // A proxy may have asked another server, which has every right to be read-only.
    if (!isReadOnly || sessionId !== this.#id) return
    this.#server.forget()
    throw demoted()
  }

  /** Makes sure that a key is not held which nobody is to have; a session that cannot make sure of it is ended. */
  async #giveBack(key: string): Promise<void> {
    this.#heldKeys.delete(key)
    const { dialect } = this.#server.soFar ?? (await this.#server.now())
    // Else the KILL QUERY that is meant for the wait might end this statement, and the lock would stay.
    await this.#givenUp?.underway
    try {
      await this.#live.query(dialect.release([key]))
    } catch (error) {
      this.#live.lose(error)
      throw error
    }
  }

  async #ask(nth: number, key: string, waitMs: number, until: number | undefined): Promise<Grant | null> {
    this.#lastGrantedKey = undefined
    const { dialect } = this.#server.lockableSoFar(waitMs) ?? (await this.#server.lockableNow(waitMs))
    const leftMs = until === undefined ? 0 : until - this.#clock.now()
    if (this.#isAbandoned(nth) || (until !== undefined && leftMs <= 0)) return null
    let grant: SqlGrant | null
    try {
      const answer = this.#live.query(dialect.ask(key, leftMs))
      grant = decodeGrant(await (waitMs < this.longestWaitMs ? answer : this.#unlessLate(answer, leftMs)))
    } catch (error) {
      await this.#explain(error, dialect, nth, key)
      return null
    }
    if (grant === null) return null
    if (this.#isAbandoned(nth)) {
      await this.#giveBack(key)
      return null
    }
    if (grant.isReadOnly || !this.#server.isOwn(grant.sessionId, this.#heldId)) await this.#refuse(grant, key)
    this.#lastGrantedKey = key
    this.#id = grant.sessionId
    this.#heldKeys.add(key)
    return grant
  }

  /** Who asks for longer than one wait can last may have no deadline that would end it when no answer comes. */
  #unlessLate<T>(answer: Promise<T>, waitMs: number): Promise<T> {
    const limit = this.#clock.after(waitMs + LATE_ANSWER_MS, () =>
      this.#live.lose(new Error(`The server did not answer a wait within ${LATE_ANSWER_MS} ms of its end`)),
    )
    return answer.finally(() => limit.stop())
  }

  #isAbandoned(nth: number): boolean {
    return nth <= this.#abandoned
  }

  /** The id of the session that has what is held, if anything is. */
  get #heldId(): string | undefined {
    return this.#heldKeys.size === 0 ? undefined : this.#id
  }

  /** What the server was when it was asked, it is not any more. */
  async #refuse({ isReadOnly }: SqlGrant, key: string): Promise<never> {
    this.#server.forget()
    await this.#giveBack(key)
    if (isReadOnly) throw demoted()
    const refusal = new LockUnsupportedError(SPLIT)
    this.#live.lose(refusal)
    throw refusal
  }

  /** Returns when the key was refused in time; throws in all other cases, and with a broken answer ends the session. */
  async #explain(error: unknown, dialect: Dialect, nth: number, key: string): Promise<void> {
    if (error instanceof SessionLostError) throw error
    const errno = serverErrno(error)
    const refusal = dialect.refusal(errno)
    const failure = grantFailure(error, refusal)
    if (refusal === 'deadlock') throw failure
    if (errno === undefined && !(error instanceof LockFailedError)) {
      // The driver stopped listening, but the server may still grant the lock to this connection.
      this.#live.lose(error)
      throw failure
    }
    // A statement cut off between the grant and its end leaves the lock held; and if it was the whole connection that
    // was killed, this is where it shows.
    try {
      await this.#giveBack(key)
    } catch (unreleased) {
      // A server that takes no such statements at all says so of RELEASE_LOCK, too.
      throw refusal === 'other' && serverErrno(unreleased) !== undefined ? failure : unreleased
    }
    if (refusal === 'limit' || this.#isAbandoned(nth)) return
    throw failure
  }
}

/** The server was made a reader: somewhere else is, or will be, another one that grants the same locks. */
function demoted(): LockUnsupportedError {
  return new LockUnsupportedError(readerRefusal('it takes no writes any more'))
}
