import type { Backend, JoinedSession, Session } from '../backend.js'
import { LockFailedError } from '../errors.js'
import { JoinedMemorySession, MemorySession, type MemorySessionParts, type RunTransaction } from './memory-session.js'
import type { MemoryServer } from './memory-server.js'

/** The backend without a database: nothing is pooled, so nothing limits the sessions. */
export class MemoryBackend<Tx extends object> implements Backend<Tx, object> {
  readonly maxSessions = Infinity
  readonly transactionOptions = []
  readonly #server: MemoryServer
  readonly #label: string
  readonly #run: RunTransaction<Tx>
  /** Transactions that are open and may be joined, with what is to be done when they have ended. */
  readonly #open = new Map<Tx, (() => Promise<void>)[]>()

  constructor(server: MemoryServer, label: string, run: RunTransaction<Tx>) {
    this.#server = server
    this.#label = label
    this.#run = run
  }

  checkTransactionOptions(): void {}

  async open(): Promise<Session<Tx, object>> {
    return new MemorySession(this.#parts())
  }

  async join(transaction: Tx): Promise<JoinedSession> {
    const ends = this.#open.get(transaction)
    if (ends === undefined) throw new LockFailedError('The transaction has already been committed or rolled back')
    return new JoinedMemorySession(this.#parts(), (listener) => ends.push(listener))
  }

  rootOf(transaction: Tx): object {
    return transaction
  }

  /** Runs a transaction that locks can join. */
  async transaction<T>(work: (transaction: Tx) => Promise<T>): Promise<T> {
    let result!: T
    let opened: Tx | undefined
    try {
      await this.#run(async (transaction) => {
        opened = transaction
        this.#open.set(transaction, [])
        result = await work(transaction)
      })
      return result
    } finally {
      const ends = opened === undefined ? [] : (this.#open.get(opened) ?? [])
      if (opened !== undefined) this.#open.delete(opened)
      for (const end of ends) await end()
    }
  }

  #parts(): MemorySessionParts<Tx> {
    return { server: this.#server, label: this.#label, run: this.#run }
  }
}
