import { endOf } from '@ormutex/core/sql'
import type { PooledConnectionLike } from './adapter-like.js'
import { transactionOver } from './driver-errors.js'

/** What is done around what Prisma's transaction does with its connection. */
export interface ViewHooks {
  /** @param send sends the statement */
  send(sql: string, send: () => Promise<unknown>): Promise<unknown>
  release(): Promise<void>
}

/**
 * A connection as Prisma's transaction is to see it. Once Prisma has ended the transaction and given the connection back, nothing more
 * is sent for it: the rest of a nested write that nobody awaited would commit by itself, on a connection that by then may be somebody
 * else's. Statements that come while the end is under way wait for what it was: Prisma's own gives the connection back, one of the
 * application's does not, and then they are sent.
 */
export function viewOf(connection: PooledConnectionLike, hooks: ViewHooks): PooledConnectionLike {
  let released = false
  /** The ends that are under way: one, but for a moment. */
  const endings = new Set<Promise<unknown>>()
  const send =
    (how: 'query' | 'execute') =>
    async (statement: unknown, values?: unknown): Promise<unknown> => {
      const sql = typeof statement === 'string' ? statement : (statement as { readonly sql: string }).sql
      while (endings.size > 0) await Promise.all(endings)
      if (released) throw transactionOver()
      const sent = hooks.send(sql, () => connection[how](statement, values))
      if (endOf(sql) !== null) {
        const ending = sent.then(ignore, ignore).then(nextTurn)
        endings.add(ending)
        void ending.then(() => endings.delete(ending))
      }
      return sent
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function ignore(): void {}
