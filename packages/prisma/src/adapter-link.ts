import { AsyncLocalStorage } from 'node:async_hooks'
import { LockUnsupportedError, PoolTimeoutError } from '@ormutex/core'
import { endOf, mariadbDriver, TransactionEnds } from '@ormutex/core/sql'
import type { AdapterLike, PooledConnectionLike, PoolLike } from './adapter-like.js'
import { viewOf } from './connection-view.js'
import { isPoolTimeout } from './driver-errors.js'
import { answerWith } from './handshake.js'
import { beginWith, connectionOf, watchPool } from './pool-watch.js'
import { PooledConnection } from './pooled-connection.js'

/** A transaction that Prisma has begun on a connection of the pool. */
export class OpenTransaction {
  /** True once Prisma has given the connection back. */
  isOver = false

  constructor(
    readonly link: AdapterLink,
    readonly connection: PooledConnectionLike,
  ) {}
}

/** A transaction that is to begin on a connection that is pinned already. */
export interface Beginning {
  readonly connection: PooledConnectionLike
  /** How many transactions have begun until the callback ran. The first is the one; an extension may have begun others. */
  begun: number
  /** Set when the callback runs: what begins from then on is its own. */
  isRunning: boolean
  /** What Prisma takes for a connection fresh from the pool. */
  viewFor(open: OpenTransaction): PooledConnectionLike
}

/** A driver adapter of Prisma's that is connected, and the way to its pool. */
export class AdapterLink {
  /** Who has locks in transactions that the application began. */
  readonly ends = new TransactionEnds<PooledConnectionLike>(mariadbDriver)
  readonly #pool: PoolLike
  readonly #beginnings = new AsyncLocalStorage<Beginning>()
  readonly #disposals = new Set<() => Promise<void>>()
  #disposed = false

  /** @throws {LockUnsupportedError} when the adapter does not speak through the mariadb connector */
  constructor(adapter: AdapterLike) {
    const pool = adapter.underlyingDriver?.() as Partial<PoolLike> | undefined
    if (typeof pool?.getConnection !== 'function') {
      throw new LockUnsupportedError(
        "lockable() needs an adapter whose underlyingDriver() is the mariadb connector's pool; this one's is not",
      )
    }
    this.#pool = pool as PoolLike
    watchPool(this.#pool)
    answerWith(adapter, this)
    this.#watchTransactions(adapter)
    this.#watchDisposal(adapter)
  }

  /** True once the client has disconnected; when it connects again, it does so with another adapter. */
  get isDisposed(): boolean {
    return this.#disposed
  }

  /** The most connections of the pool, which only its description tells. */
  get poolSize(): number | undefined {
    const limit = /\blimit=(\d+)/.exec(this.#pool.toString())?.[1]
    return limit === undefined ? undefined : Number(limit)
  }

  /** Runs before the pool is closed. */
  onDispose(close: () => Promise<void>): void {
    this.#disposals.add(close)
  }

  async pin(): Promise<PooledConnection> {
    try {
      return new PooledConnection(this, await connectionOf(this.#pool))
    } catch (error) {
      throw translatePoolError(error)
    }
  }

  /** Runs `begin`, such that the first transaction that it begins runs on a connection that is pinned already. */
  beginOn<T>(beginning: Beginning, begin: () => Promise<T>): Promise<T> {
    return this.#beginnings.run(beginning, begin)
  }

  #watchTransactions(adapter: AdapterLike): void {
    const start = adapter.startTransaction.bind(adapter)
    adapter.startTransaction = async (isolationLevel) => {
      const beginning = this.#beginnings.getStore()
      const ours = beginning?.isRunning === false && beginning.begun++ === 0 ? beginning : undefined
      let open: OpenTransaction | undefined
      const give = async (fromPool: () => Promise<PooledConnectionLike>): Promise<PooledConnectionLike> => {
        open = new OpenTransaction(this, ours?.connection ?? (await fromPool()))
        return ours === undefined ? this.#watched(open) : ours.viewFor(open)
      }
      const transaction = await beginWith(give, () => start(isolationLevel))
      answerWith(transaction, open!)
      return transaction
    }
  }

  #watchDisposal(adapter: AdapterLike): void {
    const dispose = adapter.dispose.bind(adapter)
    adapter.dispose = async () => {
      this.#disposed = true
      await Promise.allSettled([...this.#disposals].map((close) => close()))
      return dispose()
    }
  }

  /** The connection of a transaction whose end is heard of by who has locks in it, before it goes back into the pool. */
  #watched(open: OpenTransaction): PooledConnectionLike {
    const { ends } = this
    const { connection } = open
    return viewOf(connection, {
      send: (sql, send) => {
        const how = ends.isAwaited(connection) ? endOf(sql) : null
        return how === null ? send() : ends.end(connection, how, send, NOTHING)
      },
      release: async () => {
        open.isOver = true
        await ends.beforeRelease(connection)
        return connection.release()
      },
    })
  }
}

/** Makes the way from a client to the pool of a connected adapter. @throws {LockUnsupportedError} as `AdapterLink` */
export function linkTo(adapter: AdapterLike): AdapterLink {
  return new AdapterLink(adapter)
}

/** What the connector resolves with for a statement without rows. */
export const NOTHING: unknown = { affectedRows: 0, insertId: 0n, warningStatus: 0 }

/** A pool that cannot connect says that it had no connection in time, and keeps why as the cause. */
function translatePoolError(error: unknown): unknown {
  return isPoolTimeout(error) ? ((error as Error).cause ?? new PoolTimeoutError(error)) : error
}
