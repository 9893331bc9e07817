import type { Clock } from '@ormutex/core'
import type { Row } from '@ormutex/core/sql'
import { isSignOfLife, type ModelServer, rowOf, serverError, type ServerSession, WAIT_TIMEOUT } from './model-server.js'
import type { FaultKind, StatementKind } from './scenario.js'

/** How long nothing comes from a server that is silent, in milliseconds, until the operating system finds the connection dead. */
const SILENCE_MS = 20_000

/** What may still be unanswered when a connection is given back: who asked need not wait, and the next one only queues behind it. */
const CHANGES_NOTHING = new Set<StatementKind>(['PING', 'look'])

/** ER_UNKNOWN_ERROR. */
const ER_UNKNOWN_ERROR = 1105

/** What a connection needs of the race that it is in. */
export interface Wire {
  readonly server: ModelServer
  readonly clock: Clock
  readonly rejectsSevered: boolean
  readonly tellsLate: boolean
  /** Resolves when the scheduler lets it happen. */
  turn(label: string): Promise<void>
  /** What is to go wrong with a statement. */
  faultOf(kind: StatementKind): FaultKind | undefined
  broken(what: string): void
  /** A COMMIT has left this side. */
  commitSent(rows: readonly number[]): void
}

interface Statement {
  readonly sql: string
  readonly kind: StatementKind
  readonly resolve: (rows: readonly Row[]) => void
  readonly reject: (error: unknown) => void
}

/** A connection to the model's server, on which each statement arrives and is answered when the scheduler lets it. */
export class ModelConnection {
  readonly session: ServerSession
  isPinned = false
  /** This side knows that it is of no use any more. */
  isGone = false
  readonly #wire: Wire
  readonly #pending = new Set<Statement>()
  readonly #listeners = new Set<(cause: unknown) => void>()
  #isSevered = false
  #served = Promise.resolve()
  /** What this side has written in the transaction, whether the server still has it or not. */
  #written: number[] = []

  constructor(wire: Wire) {
    this.#wire = wire
    this.session = wire.server.open()
  }

  /** Those who want to know when it is lost. */
  get listening(): number {
    return this.#listeners.size
  }

  pinned(): void {
    this.isPinned = true
  }

  /** Given back: to the pool, or to nobody when it is gone. */
  unpinned(): void {
    if (!this.isPinned) this.#broken('was given back twice')
    this.isPinned = false
    if (this.listening > 0) this.#broken('was given back with a listener on it')
    if (this.isGone) return
    const { keys, rows, waitTimeout } = this.session
    if (keys.size > 0) this.#broken(`was given back with ${[...keys].join(', ')} held`)
    if (rows !== undefined) this.#broken('was given back with a transaction open')
    if (waitTimeout !== WAIT_TIMEOUT) this.#broken('was given back with a wait_timeout of ours')
    for (const { sql, kind } of this.#pending)
      if (!CHANGES_NOTHING.has(kind)) this.#broken(`was given back before ${sql} was answered`)
  }

  onLost(listener: (cause: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Closed by this side; the server sees that later. */
  sever(): void {
    if (this.#isSevered) this.#broken('was destroyed twice')
    if (!this.isPinned) this.#broken('was destroyed after it was given back')
    this.#isSevered = true
    if (this.isGone) return
    this.isGone = true
    const pending = [...this.#pending]
    this.#pending.clear()
    if (this.#wire.rejectsSevered) for (const { reject } of pending) reject(connectionLost())
    this.#tellServer()
  }

  /** Cut: this side sees it at once, the server later. */
  cut(): void {
    this.#lose()
    this.#tellServer()
  }

  /** Ended by the server, which this side sees later. */
  kill(): void {
    this.#wire.server.end(this.session)
    void this.#wire.turn(`${this.#title} is seen to be gone`).then(() => this.#lose())
  }

  /** What ormutex sends. */
  query(sql: string): Promise<readonly Row[]> {
    if (this.#isSevered) this.#broken(`was sent ${sql} after it was destroyed`)
    return this.send(sql)
  }

  /** What anybody sends, an ORM for instance that does not know yet that ormutex has destroyed the connection. */
  send(sql: string): Promise<readonly Row[]> {
    if (!this.isPinned && !this.isGone) this.#broken(`was sent ${sql} after it was given back`)
    if (this.isGone) return Promise.reject(neverSent())
    const kind = kindOf(sql)
    this.#noteSent(kind, sql)
    return new Promise((resolve, reject) => {
      const statement = { sql, kind, resolve, reject }
      this.#pending.add(statement)
      this.#served = this.#served.then(() => this.#serve(statement))
    })
  }

  async #serve(statement: Statement): Promise<void> {
    const { sql, kind } = statement
    const { server, clock } = this.#wire
    await this.#wire.turn(`${this.#title} ${kind}`)
    if (this.session.isOver) return
    const fault = this.#wire.faultOf(kind)
    if (fault === 'cut') return this.cut()
    if (fault === 'killed') return this.kill()
    if (fault === 'silent') {
      clock.after(SILENCE_MS, () => this.cut())
      return await new Promise(() => {})
    }
    let answer: () => void
    try {
      if (fault === 'error') throw serverError(ER_UNKNOWN_ERROR)
      const rows = await server.execute(this.session, sql)
      answer = () => statement.resolve(rows)
    } catch (error) {
      answer = () => statement.reject(error)
    }
    await this.#wire.turn(`${this.#title} ${kind} ${fault ?? 'answered'}`)
    if (fault === 'unanswered') return this.cut()
    if (this.#pending.delete(statement)) answer()
  }

  #noteSent(kind: StatementKind, sql: string): void {
    if (kind === 'INSERT') this.#written.push(rowOf(sql))
    if (kind === 'COMMIT') this.#wire.commitSent(this.#written)
    if (kind === 'COMMIT' || kind === 'ROLLBACK') this.#written = []
  }

  #lose(): void {
    if (this.isGone) return
    this.isGone = true
    const pending = [...this.#pending]
    this.#pending.clear()
    for (const { reject } of pending) reject(connectionLost())
    if (!this.#wire.tellsLate) return this.#tellListeners()
    void this.#wire.turn(`${this.#title} is told to be lost`).then(() => this.#tellListeners())
  }

  #tellListeners(): void {
    for (const listener of this.#listeners) listener(connectionLost())
  }

  #tellServer(): void {
    void this.#wire.turn(`${this.#title} is gone for the server`).then(() => this.#wire.server.end(this.session))
  }

  #broken(what: string): void {
    this.#wire.broken(`${this.#title} ${what}`)
  }

  get #title(): string {
    return `connection ${this.session.id}`
  }
}

function kindOf(sql: string): StatementKind {
  if (isSignOfLife(sql)) return 'PING'
  const known = /^(SELECT (\/\*.*\*\/ )?)?(GET_LOCK|RELEASE_LOCK|BEGIN|INSERT|COMMIT|ROLLBACK|SET|PING)\b/.exec(
    sql,
  )?.[3]
  return (known as StatementKind | undefined) ?? 'look'
}

function connectionLost(): Error {
  return Object.assign(new Error('The connection is lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
}

function neverSent(): Error {
  const message = 'The connection was closed before'
  return Object.assign(new Error(message), { code: 'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR', fatal: true })
}
