import { SessionLostError } from '../backend.js'
import { LockUnsupportedError } from '../errors.js'
import { Sequence } from '../sequence.js'
import type { WithConnection } from './bystander.js'
import type { Query } from './dialect.js'
import { splitOf } from './split-session.js'
import { serverErrno } from './sql-errors.js'

/**
 * What keeps a connection on its session of the server, whatever is in between:
 *
 * - `nothing`
 * - `transaction`: one that is open from before the lock is taken until after it is released
 * - `foreign transaction`: one that is open by now, and ends before the lock is released
 */
export type Keeping = 'nothing' | 'transaction' | 'foreign transaction'

/** A connection on which locks are to be taken. */
export interface ProvenConnection {
  readonly query: Query
  readonly keptBy: Keeping
}

/** The pool that connections come from. */
export interface ProvingPool {
  /** See `SqlSource.poolSize`. */
  readonly poolSize: number | undefined
  readonly withConnection: WithConnection
}

/** What an unknown function is answered with: ER_SP_DOES_NOT_EXIST, on MySQL without a database ER_NO_DB_ERROR. Measured on both servers. */
const UNKNOWN_FUNCTION = new Set([1305, 1046])

/** How often a further connection of the pool is waited for: whether there ever is one where its size is not known, nobody knows. */
const ATTEMPTS = 3
const ATTEMPTS_WITHOUT_SIZE = 1

/** Proves once per source that what is between it and the server does not split sessions. See `splitOf`. */
export class SessionProof {
  /** One after the other: each takes connections of the pool. */
  readonly #sequence = new Sequence()
  readonly #pool: ProvingPool
  #isDone = false
  #isDoneInTransactions = false
  #attempts = 0

  constructor(pool: ProvingPool) {
    this.#pool = pool
  }

  /** Has it proven again. */
  forget(): void {
    this.#isDone = false
    this.#isDoneInTransactions = false
    this.#attempts = 0
  }

  /** Whether it is proven, or there is no way to do it better than it was done. */
  isDone(keptBy: Keeping): boolean {
    return this.#isDone || (keptBy === 'transaction' && this.#isDoneInTransactions)
  }

  /**
   * @param patienceMs how long a further connection is waited for, in milliseconds
   * @throws {LockUnsupportedError} when sessions are split
   */
  async prove(connection: ProvenConnection, patienceMs: number): Promise<void> {
    await this.#sequence.enter()
    try {
      if (!this.isDone(connection.keptBy)) await this.#try(connection, patienceMs)
    } finally {
      this.#sequence.leave()
    }
  }

  async #try({ query, keptBy }: ProvenConnection, patienceMs: number): Promise<void> {
    const further = <T>(use: (further: Query | undefined) => Promise<T>): Promise<T> =>
      this.#withFurther(patienceMs, use)
    if (keptBy === 'transaction') {
      await this.#refuseSplit(query, undefined)
      this.#isDoneInTransactions = true
      return
    }
    const isProven =
      keptBy === 'nothing'
        ? await further((second) => this.#refuseSplit(query, second))
        : await further((first) =>
            first === undefined
              ? this.#refuseSplit(query, undefined)
              : further((second) => this.#refuseSplit(first, second)).catch((error: unknown) => {
                  // It had died unnoticed, which says nothing of the transaction's own.
                  if (error instanceof SessionLostError) return this.#refuseSplit(query, undefined)
                  throw error
                }),
          )
    const { poolSize } = this.#pool
    this.#attempts += 1
    this.#isDone =
      isProven || poolSize === 1 || this.#attempts >= (poolSize === undefined ? ATTEMPTS_WITHOUT_SIZE : ATTEMPTS)
  }

  /** @returns whether both connections were there for it */
  async #refuseSplit(first: Query, second: Query | undefined): Promise<boolean> {
    let isComplete = second !== undefined
    const askSecond = second && ((sql: string) => second(sql).catch(() => ((isComplete = false), [])))
    let split: string | undefined
    try {
      split = await splitOf(first, askSecond)
    } catch (error) {
      const errno = serverErrno(error)
      if (errno === undefined) throw error
      // A server that does not know one of the functions has nothing to prove it with; any other refusal proves nothing.
      return UNKNOWN_FUNCTION.has(errno)
    }
    if (split !== undefined) throw new LockUnsupportedError(split)
    return isComplete
  }

  /** Does something with a further connection of the pool, or without when there is none to be had soon. */
  #withFurther<T>(patienceMs: number, use: (further: Query | undefined) => Promise<T>): Promise<T> {
    if (this.#pool.poolSize === 1) return use(undefined)
    return new Promise((resolve, reject) => {
      let isUsed = false
      const start = async (further: Query | undefined): Promise<void> => {
        if (isUsed) return
        isUsed = true
        clearTimeout(timer)
        await use(further).then(resolve, reject)
      }
      const timer = setTimeout(() => void start(undefined), patienceMs)
      this.#pool.withConnection(start).catch(() => start(undefined))
    })
  }
}
