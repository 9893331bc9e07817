import type { PooledConnectionLike } from './adapter-like.js'

/** What is done around what Prisma's transaction does with its connection. */
export interface ViewHooks {
  /** @param send sends the statement */
  send(sql: string, send: () => Promise<unknown>): Promise<unknown>
  release(): Promise<void>
}

/**
 * A connection as Prisma's transaction is to see it. Once Prisma has given it back it takes no statement any more: a nested write
 * that nobody awaited goes on after the COMMIT, and its rest would run outside the transaction, on a connection that by then may be
 * somebody else's.
 */
export function viewOf(connection: PooledConnectionLike, hooks: ViewHooks): PooledConnectionLike {
  let released = false
  const send = (how: 'query' | 'execute') => (statement: unknown, values?: unknown) => {
    if (released) return Promise.reject(new Error('The transaction has ended: nothing more can be sent in it'))
    const sql = typeof statement === 'string' ? statement : (statement as { readonly sql: string }).sql
    return hooks.send(sql, () => connection[how](statement, values))
  }
  const release = (): Promise<void> => {
    released = true
    return hooks.release()
  }
  const instead: Readonly<Record<PropertyKey, unknown>> = {
    query: send('query'),
    execute: send('execute'),
    release,
    end: release,
  }
  return new Proxy(connection, {
    get(target, name) {
      if (Object.hasOwn(instead, name)) return instead[name]
      // The connector's methods use private fields, which only the connection itself has.
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
