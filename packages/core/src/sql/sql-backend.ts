import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Backend, JoinedSession, Joining, ServerAddress, ServerIdentity, Session } from '../backend.js'
import { type Clock, systemClock, type Timer } from '../clock.js'
import type { NamedLocksOptions } from '../options.js'
import { Bystander, type WithConnection } from './bystander.js'
import { withFurtherConnection } from './further-connection.js'
import { JoinedSqlSession } from './joined-sql-session.js'
import { ProbedServer } from './server-probe.js'
import { SessionProof } from './session-proof.js'
import type { SourceServer } from './session-server.js'
import { SqlSession } from './sql-session.js'
import type { SqlSource } from './sql-source.js'

/**
 * Longest time in milliseconds for which closing waits for what is done from further connections: a pool may have none to give, and each
 * of two questions is answered within a second or not at all.
 */
const SETTLE_MS = 2_000

/**
 * The backend for MySQL and MariaDB: sessions are connections of an ORM's or a driver's pool.
 *
 * @typeParam Connection what the pool hands out
 * @typeParam Tx what callbacks get
 * @typeParam TxOptions the ORM's own transaction options
 */
export class SqlBackend<Connection, Tx, TxOptions extends object> implements Backend<Tx, TxOptions> {
  readonly transactionOptions: readonly string[]
  readonly joining: Joining
  readonly #source: SqlSource<Connection, Tx, TxOptions>
  readonly #clock: Clock
  readonly #bystander: Bystander
  readonly #server: SourceServer
  #address: ServerAddress | undefined
  #hasOpened = false

  /**
   * Sessions that are connections of a pool.
   * @param source what the adapter tells of its ORM
   * @param options what `namedLocks()` was given; `LockEngine` checks it
   * @param clock what times are told by (default: the real one)
   */
  constructor(
    source: SqlSource<Connection, Tx, TxOptions>,
    options: Pick<NamedLocksOptions, 'allowNodeLocalLocks'> | undefined,
    clock: Clock = systemClock,
  ) {
    this.#source = source
    this.#clock = clock
    this.transactionOptions = source.transactionOptions
    this.joining = source.joining
    const withConnection: WithConnection = (use) => withFurtherConnection(source, clock, use)
    this.#bystander = new Bystander(withConnection)
    this.#server = {
      clock,
      probed: new ProbedServer({ allowNodeLocalLocks: options?.allowNodeLocalLocks === true }),
      proof: new SessionProof({
        withConnection,
        get poolSize() {
          return source.poolSize
        },
      }),
    }
  }

  get maxSessions(): number | undefined {
    return this.#source.poolSize
  }

  get hasOpened(): boolean {
    return this.#hasOpened
  }

  get opensWithoutLimit(): boolean | undefined {
    return this.#source.pinsWithoutLimit
  }

  get server(): ServerIdentity | undefined {
    const { lastFound } = this.#server.probed
    if (lastFound === undefined) return undefined
    return { ...this.#address, system: lastFound.dialect.name, database: lastFound.database }
  }

  checkTransactionOptions(options: TxOptions): void {
    this.#source.checkTransactionOptions(options)
  }

  async open(purpose?: TxOptions): Promise<Session<Tx, TxOptions>> {
    const connection = await this.#source.pin(purpose)
    this.#hasOpened = true
    this.#address ??= this.#source.driver.addressOf?.(connection)
    return new SqlSession(this.#source, connection, this.#server, this.#bystander, true)
  }

  async join(transaction: Tx): Promise<JoinedSession> {
    const connection = await this.#source.connectionOf(transaction)
    this.#hasOpened = true
    return new JoinedSqlSession(this.#source, connection, this.#server, this.#bystander, transaction)
  }

  rootOf(transaction: Tx): object {
    return this.#source.rootOf(transaction)
  }

  async settle(): Promise<void> {
    // Who gives up a wait does so in this turn of the event loop.
    await nextTurn()
    let limit: Timer | undefined
    const impatience = new Promise<void>((resolve) => {
      limit = this.#clock.after(SETTLE_MS, resolve)
    })
    await Promise.race([this.#bystander.settled(), impatience])
    limit?.stop()
  }
}
