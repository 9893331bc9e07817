import { AsyncLocalStorage } from 'node:async_hooks'
import type { PooledConnectionLike, PoolLike } from './adapter-like.js'

/** A pool's own way to a connection, for pools that are watched. */
const own = new WeakMap<PoolLike, () => Promise<PooledConnectionLike>>()

/** Gives the adapter a connection for the transaction that it begins at this moment. */
type Give = (fromPool: () => Promise<PooledConnectionLike>) => Promise<PooledConnectionLike>

const beginning = new AsyncLocalStorage<{ give: Give | undefined }>()

/**
 * Makes a pool ask who begins a transaction for the connection that the transaction is to run on. A pool may be watched for
 * several adapters, one after the other or side by side: it is changed once.
 */
export function watchPool(pool: PoolLike): void {
  if (own.has(pool)) return
  const getConnection = pool.getConnection.bind(pool)
  own.set(pool, getConnection)
  pool.getConnection = async () => {
    const store = beginning.getStore()
    const give = store?.give
    if (store === undefined || give === undefined) return getConnection()
    store.give = undefined
    return give(getConnection)
  }
}

/** A connection of a pool that is watched. */
export function connectionOf(pool: PoolLike): Promise<PooledConnectionLike> {
  return own.get(pool)!()
}

/** Runs what begins a transaction on a connection of a pool that is watched; `give` says on which. */
export function beginWith<T>(give: Give, begin: () => Promise<T>): Promise<T> {
  return beginning.run({ give }, begin)
}
