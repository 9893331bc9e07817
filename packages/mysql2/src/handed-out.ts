import type { PoolConnectionLike, PoolLike } from './mysql2-like.js'

/** The connection as a callback gets it, and the end of its validity. */
export interface HandedOut {
  readonly connection: object
  /** From now on every call on it fails: the connection behind it serves somebody else. */
  revoke(): void
}

/** Under which a view tells what it is a view of. */
const POOL = Symbol('the pool of a handed-out connection')

/** The pool whose connection a callback was given, still valid or not; `undefined` for any other object. */
export function handedOutBy(connection: unknown): PoolLike | undefined {
  return (connection as { readonly [POOL]?: PoolLike } | null)?.[POOL]
}

/** Made once for each connection of the pool: mysql2 makes another one each time it is asked. */
const promiseForms = new WeakMap<PoolConnectionLike, object>()

function promiseFormOf(connection: PoolConnectionLike): object {
  let form = promiseForms.get(connection)
  if (form === undefined) {
    form = connection.promise()
    promiseForms.set(connection, form)
  }
  return form
}

/** What a callback must not do to the connection it was given, and why. */
const REFUSED = new Map<PropertyKey, string>([
  ['release', 'it goes back to its pool by itself when the callback has ended'],
  ['end', 'it goes back to its pool by itself when the callback has ended'],
  [Symbol.dispose, 'it goes back to its pool by itself when the callback has ended'],
  [Symbol.asyncDispose, 'it goes back to its pool by itself when the callback has ended'],
  ['changeUser', 'that would drop the lock and the transaction'],
  ['reset', 'that would drop the lock and the transaction'],
  ['beginTransaction', 'a transaction is open already, and this would commit it'],
])

/** Methods that answer with a promise, and so refuse with one. */
const ASYNCHRONOUS = new Set<PropertyKey>([
  'query',
  'execute',
  'prepare',
  'ping',
  'commit',
  'rollback',
  'beginTransaction',
  'changeUser',
  'reset',
  'withNamedLock',
  'tryWithNamedLock',
])

/**
 * A view of a pooled connection in its promise form, with further methods on it. mysql2 resets nothing when a connection goes
 * back to its pool, so a query that a callback forgot to await would run in the next borrower's transaction.
 */
export function handOut(pool: PoolLike, connection: PoolConnectionLike, methods: object): HandedOut {
  let revoked = false
  const refusal = (property: PropertyKey): Error | undefined => {
    const what = `${String(property)}()`
    if (revoked)
      return new Error(`${what} comes too late: the connection was given back when the lock's callback ended`)
    const why = REFUSED.get(property)
    return why === undefined ? undefined : new TypeError(`No ${what} on the connection of a lock's callback: ${why}`)
  }
  /** A prepared statement is a way of its own to the connection. */
  const prepare = (method: Parameters<typeof Reflect.apply>[0], source: object, values: unknown[]): unknown => {
    const callback = values.at(-1)
    if (typeof callback === 'function') {
      const guarded = (error: unknown, statement?: object): unknown =>
        (callback as (...answer: unknown[]) => unknown)(error, statement && guard(statement, {}))
      return Reflect.apply(method, source, [...values.slice(0, -1), guarded])
    }
    return (Reflect.apply(method, source, values) as Promise<object>).then((statement) => guard(statement, {}))
  }
  const guard = (target: object, extra: object): object =>
    new Proxy(target, {
      get(_, property) {
        if (property === POOL && target !== connection) return pool
        const source = property in extra ? extra : target
        const value: unknown = Reflect.get(source, property, source)
        // The callback form behind the promise form would be a way around, and so would be the way back.
        if (value === connection) return guard(connection, {})
        if (property === 'promise' && target === connection) return () => view
        if (typeof value !== 'function') return value
        return (...values: unknown[]): unknown => {
          const error = refusal(property)
          if (error === undefined)
            return property === 'prepare' ? prepare(value, source, values) : Reflect.apply(value, source, values)
          if (ASYNCHRONOUS.has(property) && target !== connection) return Promise.reject(error)
          throw error
        }
      },
    })
  const view = guard(promiseFormOf(connection), methods)
  return {
    connection: view,
    revoke: () => {
      revoked = true
    },
  }
}
