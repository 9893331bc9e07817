import type { Backend, JoinedSession, Joining, Session, TransactionEndListener } from '../backend.js'
import { describeValue } from '../describe-value.js'
import { LockFailedError, LockLostError } from '../errors.js'
import { JoinedMemorySession, MemorySession, type MemorySessionParts } from './memory-session.js'

/** A transaction that is open, the sessions that joined it, and what is to be done when it has ended. */
interface OpenTransaction {
  readonly sessions: LossAware[]
  readonly ends: TransactionEndListener[]
}

interface LossAware {
  readonly isLost: boolean
}

/** What locks in memory are made of. */
export interface MemoryBackendParts<Tx> extends MemorySessionParts<Tx> {
  readonly transactionOptions: readonly string[]
  /** The option of a call that names the transaction to join, if there is one. */
  readonly joinOption: string | undefined
}

/** Refuses what cannot be a transaction. @throws {TypeError} */
export function checkTransaction(what: string, value: unknown): void {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return
  throw new TypeError(`${what} must be an object, got ${describeValue(value)}`)
}

/** The backend without a database: nothing is pooled, so nothing limits the sessions. */
export class MemoryBackend<Tx extends object> implements Backend<Tx, object> {
  readonly maxSessions = Infinity
  readonly transactionOptions: readonly string[]
  readonly joining: Joining
  readonly #parts: MemorySessionParts<Tx>
  /** Transactions that are open and may be joined. */
  readonly #open = new Map<Tx, OpenTransaction>()

  constructor({ transactionOptions, joinOption, ...parts }: MemoryBackendParts<Tx>) {
    this.transactionOptions = transactionOptions
    this.joining =
      joinOption === undefined
        ? { how: 'joined(transaction).withNamedLock(…)' }
        : { how: `withNamedLock(…, { ${joinOption} })`, option: joinOption }
    this.#parts = parts
  }

  /** What they mean, only the application's transaction knows. */
  checkTransactionOptions(): void {}

  async open(): Promise<Session<Tx, object>> {
    return new MemorySession(this.#parts)
  }

  async join(transaction: Tx): Promise<JoinedSession> {
    const open = this.#open.get(transaction)
    if (open === undefined) {
      throw new LockFailedError(
        'The transaction has already been committed or rolled back, or these locks did not begin it: what can be joined is a ' +
          "transaction of a lock's callback, or of the method transaction() of memoryLocks()",
      )
    }
    const session = new JoinedMemorySession(this.#parts, (listener) => open.ends.push(listener))
    open.sessions.push(session)
    return session
  }

  rootOf(transaction: Tx): object {
    checkTransaction('A transaction, as memoryLocks({ transaction: (work) => work(…) }) hands it over,', transaction)
    return transaction
  }

  /** Runs a transaction that locks can join. Like a database's, it cannot commit when a lock in it is lost. */
  async transaction<T>(work: (transaction: Tx) => Promise<T>, options: object = {}): Promise<T> {
    if (typeof work !== 'function') {
      throw new TypeError(
        `transaction() of memoryLocks() needs the function to run in it, got ${describeValue(work)}: none is begun by hand`,
      )
    }
    const open: OpenTransaction = { sessions: [], ends: [] }
    let result!: T
    let begun: Tx | undefined
    try {
      await this.#parts.run(async (transaction) => {
        this.rootOf(transaction)
        begun = transaction
        this.#open.set(transaction, open)
        result = await work(transaction)
        for (const end of open.ends) await end.ending()
        if (open.sessions.some((session) => session.isLost))
          throw new LockLostError('A lock of the transaction is lost')
      }, options)
      return result
    } finally {
      if (begun !== undefined) this.#open.delete(begun)
      for (const end of open.ends) await end.ended()
    }
  }
}
