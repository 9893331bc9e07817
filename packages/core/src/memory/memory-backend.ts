import type { Backend, JoinedSession, Session, TransactionEndListener } from '../backend.js'
import { LockFailedError, LockLostError } from '../errors.js'
import { JoinedMemorySession, MemorySession, type MemorySessionParts, type Run } from './memory-session.js'
import type { MemoryServer } from './memory-server.js'

/** A transaction that is open, the sessions that joined it, and what is to be done when it has ended. */
interface OpenTransaction {
  readonly sessions: LossAware[]
  readonly ends: TransactionEndListener[]
}

interface LossAware {
  readonly isLost: boolean
}

/** The backend without a database: nothing is pooled, so nothing limits the sessions. */
export class MemoryBackend<Tx extends object> implements Backend<Tx, object> {
  readonly maxSessions = Infinity
  readonly transactionOptions = []
  readonly joining = { how: 'joined(transaction).withNamedLock(…)' }
  readonly #server: MemoryServer
  readonly #label: string
  readonly #run: Run<Tx>
  /** Transactions that are open and may be joined. */
  readonly #open = new Map<Tx, OpenTransaction>()

  constructor(server: MemoryServer, label: string, run: Run<Tx>) {
    this.#server = server
    this.#label = label
    this.#run = run
  }

  checkTransactionOptions(): void {}

  async open(): Promise<Session<Tx, object>> {
    return new MemorySession(this.#parts())
  }

  async join(transaction: Tx): Promise<JoinedSession> {
    const open = this.#open.get(transaction)
    if (open === undefined) throw new LockFailedError('The transaction has already been committed or rolled back')
    const session = new JoinedMemorySession(this.#parts(), (listener) => open.ends.push(listener))
    open.sessions.push(session)
    return session
  }

  rootOf(transaction: Tx): object {
    return transaction
  }

  /** Runs a transaction that locks can join. Like a database's, it cannot commit when a lock in it is lost. */
  async transaction<T>(work: (transaction: Tx) => Promise<T>): Promise<T> {
    const open: OpenTransaction = { sessions: [], ends: [] }
    let result!: T
    let begun: Tx | undefined
    try {
      await this.#run(async (transaction) => {
        begun = transaction
        this.#open.set(transaction, open)
        result = await work(transaction)
        for (const end of open.ends) await end.ending()
        if (open.sessions.some((session) => session.isLost))
          throw new LockLostError('A lock of the transaction is lost')
      })
      return result
    } finally {
      if (begun !== undefined) this.#open.delete(begun)
      for (const end of open.ends) await end.ended()
    }
  }

  #parts(): MemorySessionParts<Tx> {
    return { server: this.#server, label: this.#label, run: this.#run }
  }
}
