import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { isExactKey } from '@ormutex/core'
import { type Query, type Survey, surveyLocks } from '@ormutex/core/sql'

/** One look at the server. */
export type Look =
  | { readonly survey: Survey; readonly asked: ReadonlySet<string>; readonly atMs: number }
  | { readonly error: unknown; readonly atMs: number }

/** A connection, for as long as it answers. */
export interface Connected {
  readonly query: Query
  close(): void
}

/** How many locks are asked for though nothing is seen of them at the moment. */
const MOST_REMEMBERED = 1_000

/**
 * Looks again and again, on one connection for as long as that lives, until the signal aborts.
 * @param connect called at the first look, and after each one that failed
 */
export async function* looks(connect: () => Connected, intervalMs: number, signal: AbortSignal): AsyncGenerator<Look> {
  let connected: Connected | undefined
  let keys = new Set<string>()
  const end = (): void => {
    connected?.close()
    connected = undefined
  }
  signal.addEventListener('abort', end)
  try {
    while (!signal.aborted) {
      const begunMs = performance.now()
      yield await look()
      await sleep(Math.max(0, begunMs + intervalMs - performance.now()), undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }

  async function look(): Promise<Look> {
    try {
      connected ??= connect()
      const asked = keys
      const survey = await surveyLocks(connected.query, { keys: [...asked] })
      keys = remembered(asked, survey)
      return { survey, asked, atMs: performance.now() }
    } catch (error) {
      end()
      return { error, atMs: performance.now() }
    }
  }
}

/** Where the server does not list what is held, a lock that was seen once is not lost sight of. */
function remembered(asked: ReadonlySet<string>, { entries, listsHeld }: Survey): Set<string> {
  if (listsHeld) return new Set()
  const seen = entries.map(({ key }) => key).filter((key) => isExactKey(key))
  return new Set([...seen, ...asked].slice(0, MOST_REMEMBERED))
}
