import type { PoolConnectionLike } from './mysql2-like.js'

/** The connection as a callback gets it, and the end of its validity. */
export interface HandedOut {
  readonly connection: object
  /** From now on every call on it fails: the connection behind it serves somebody else. */
  revoke(): void
}

const views = new WeakSet<object>()

/** Whether this is a connection that a callback was given, still valid or not. */
export function isHandedOut(connection: object): boolean {
  return views.has(connection)
}

/** Methods with which a callback would give away a connection that is not its own. */
const NOT_YOURS = new Set<PropertyKey>(['release', 'end'])

/**
 * A view of a pooled connection in its promise form, with further methods on it. mysql2 resets nothing when a connection goes
 * back to its pool, so a query that a callback forgot to await would run in the next borrower's transaction.
 */
export function handOut(connection: PoolConnectionLike, methods: object): HandedOut {
  const target = connection.promise()
  let revoked = false
  const refuse = (property: PropertyKey): never => {
    if (revoked)
      throw new Error(
        `The connection was given back when the lock's callback ended: ${String(property)}() comes too late`,
      )
    throw new TypeError(
      `The connection goes back to its pool by itself when the lock's callback has ended: no ${String(property)}() here`,
    )
  }
  const view = new Proxy(target, {
    get(_, property) {
      if (property in methods) return revoked ? () => refuse(property) : Reflect.get(methods, property)
      const value: unknown = Reflect.get(target, property, target)
      if (typeof value !== 'function') return value
      return (...values: unknown[]) => {
        if (revoked || NOT_YOURS.has(property)) refuse(property)
        return Reflect.apply(value, target, values) as unknown
      }
    },
  })
  views.add(view)
  return {
    connection: view,
    revoke: () => {
      revoked = true
    },
  }
}
