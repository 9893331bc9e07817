import { setImmediate as nextTurn } from 'node:timers/promises'
import { endOf } from '@ormutex/core/sql'
import type { PooledConnectionLike } from './adapter-like.js'
import { transactionOver } from './driver-errors.js'

/** What is done around what Prisma's transaction does with its connection. */
export interface ViewHooks {
  /** @param send sends the statement, or another one instead */
  send(sql: string, send: (instead?: string) => Promise<unknown>): Promise<unknown>
  release(): Promise<void>
}

/**
 * A connection as Prisma's transaction is to see it. Once Prisma has ended the transaction and given the connection back, nothing more
 * is sent for it: the rest of a nested write that nobody awaited would commit by itself, on a connection that by then may be somebody
 * else's. What ends a transaction waits for what was sent before, since the connector prepares a statement first and would execute
 * it after a COMMIT that came in between. What comes while the end is under way waits for what it was: Prisma's own gives the
 * connection back, one of the application's does not, and then it is sent.
 */
export function viewOf(connection: PooledConnectionLike, hooks: ViewHooks): PooledConnectionLike {
  let released = false
  const underway = new Set<Promise<unknown>>()
  let ending: Promise<unknown> | undefined
  const track = async <T>(sent: Promise<T>): Promise<T> => {
    underway.add(sent)
    try {
      return await sent
    } finally {
      underway.delete(sent)
    }
  }
  const end = async (sql: string, send: (instead?: string) => Promise<unknown>): Promise<unknown> => {
    await Promise.allSettled(underway)
    return hooks.send(sql, send)
  }
  const send =
    (how: 'query' | 'execute') =>
    async (statement: unknown, values?: unknown): Promise<unknown> => {
      const sql = typeof statement === 'string' ? statement : (statement as { readonly sql: string }).sql
      const sendIt = (instead?: string): Promise<unknown> => connection[how](instead ?? statement, values)
      for (let earlier = ending; earlier !== undefined; earlier = ending) await earlier
      if (released) throw transactionOver()
      if (endOf(sql) === null) return track(hooks.send(sql, sendIt))
      const ended = end(sql, sendIt)
      const over = ended.then(ignore, ignore).then(() => nextTurn())
      ending = over
      void over.then(() => {
        ending = undefined
      })
      return ended
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

function ignore(): void {}
