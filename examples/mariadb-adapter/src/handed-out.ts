import type { ConnectionLike } from './mariadb-like.js'

/** The connection as a callback gets it, and the end of its validity. */
export interface HandedOut {
  readonly connection: ConnectionLike
  /** From now on every call on it fails: the connection behind it serves somebody else. */
  revoke(): void
}

const GOES_BACK = 'it goes back to its pool by itself when the callback has ended'
const WOULD_DROP = 'that would drop the lock and the transaction'

/** What a callback must not do to the connection it was given, and why. */
const REFUSED = new Map<PropertyKey, string>([
  ['release', GOES_BACK],
  ['end', GOES_BACK],
  ['close', GOES_BACK],
  [Symbol.asyncDispose, GOES_BACK],
  ['reset', WOULD_DROP],
  ['changeUser', WOULD_DROP],
  ['beginTransaction', 'a transaction is open already, and this would commit it'],
  ['prepare', 'what it gives could be run when the callback has ended; execute() prepares by itself'],
])

/** A view of a connection, a new one for each transaction, with further methods on it. */
export function handOut(connection: ConnectionLike, methodsFor: (view: ConnectionLike) => object): HandedOut {
  let isOver = false
  const view: ConnectionLike = new Proxy(connection, {
    get(target, property) {
      const value: unknown = Reflect.get(property in methods ? methods : target, property)
      if (typeof value !== 'function') return value
      return (...values: unknown[]): unknown => {
        const why = isOver ? 'the callback has ended, and the connection was given back' : REFUSED.get(property)
        if (why !== undefined) return Promise.reject(new TypeError(`No ${String(property)}() here: ${why}`))
        return Reflect.apply(value, target, values)
      }
    },
  })
  const methods = methodsFor(view)
  return {
    connection: view,
    revoke: () => {
      isOver = true
    },
  }
}
