import type { AfterCommit } from '../backend.js'
import type { LiveConnection } from './live-connection.js'
import type { Chain, SqlSource } from './sql-source.js'

/** The transactions of one connection, each begun by the COMMIT of the one before it where that can be. */
export class TransactionChain<Connection, Tx, TxOptions extends object> {
  readonly #source: SqlSource<Connection, Tx, TxOptions>
  readonly #live: LiveConnection<Connection>
  /** The options of a transaction that was begun by the COMMIT of the one before, and that nobody uses yet. */
  #begun: TxOptions | undefined
  #isRunning = false

  constructor(source: SqlSource<Connection, Tx, TxOptions>, live: LiveConnection<Connection>) {
    this.#source = source
    this.#live = live
  }

  /** See `Session.transaction`. */
  async run(
    work: (transaction: Tx) => Promise<unknown>,
    options: TxOptions,
    next: () => TxOptions | undefined,
  ): Promise<AfterCommit | void> {
    const isBegun = this.#begun !== undefined && areAlike(this.#begun, options)
    if (this.#begun !== undefined && !isBegun) await this.end()
    this.#begun = undefined
    let isNextBegun = false
    const hasNext = (): boolean => {
      if (this.#source.resetsConnections === true) return false
      const nextOptions = next()
      return nextOptions !== undefined && areAlike(options, nextOptions)
    }
    const chain: Chain = { isBegun, hasNext, beginsNext: () => (isNextBegun = hasNext()) }
    this.#isRunning = true
    try {
      const afterCommit = await this.#source.transaction(this.#live.connection, work, options, chain)
      if (isNextBegun) this.#begun = options
      return afterCommit
    } finally {
      this.#isRunning = false
    }
  }

  /** Whether the application is in a transaction, with statements of its own. */
  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Whether a transaction was begun that nobody uses yet. */
  get isAhead(): boolean {
    return this.#begun !== undefined
  }

  /** Ends that. */
  async end(): Promise<void> {
    this.#begun = undefined
    await this.#live.query('ROLLBACK')
  }
}

/** Whether two transactions are begun in the same way. What is under a symbol is the adapter's own, and says nothing of that. */
function areAlike(one: object, other: object): boolean {
  const names = Object.keys(one)
  const values = other as Record<string, unknown>
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && (one as Record<string, unknown>)[name] === values[name])
  )
}
