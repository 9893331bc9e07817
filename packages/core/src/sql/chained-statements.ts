import { keepsTransaction } from './kept-transaction.js'
import type { Chain } from './sql-source.js'

/** What an ORM sends to begin a transaction. */
const PREPARES = /^SET TRANSACTION\b/i
const BEGINS = /^(?:BEGIN|START TRANSACTION)\b/i
const COMMITS = /^COMMIT\s*;?$/i

/** Keeps the isolation level and the access mode of the transaction that it ends. Both servers, measured. */
const CHAIN = 'COMMIT AND CHAIN'

/** How a statement on a connection is answered: to a callback, which is its last argument, or by a promise. */
export type AnswerForm = 'callback' | 'promise'

/** A connection whose statements can be watched. */
type WatchableLike = Record<'query' | 'execute' | 'prepare', ((...call: unknown[]) => unknown) | undefined>

/** What is known of the statements on a connection, as long as a transaction on it is a part of a chain. */
interface Watch {
  /** What is sent instead of a statement: `null` for nothing, `undefined` for the statement as it is. */
  replace(sql: string): string | null | undefined
  /** Something was sent, or has failed, after which the transaction may be another one, or none. */
  doubt(): void
}

/** A connection is found here once one was of use on it. */
const watches = new WeakMap<object, { watch: Watch | undefined }>()

/**
 * Runs an ORM's own transaction as a part of a chain: the ORM sends what it always sends, and what the chain makes superfluous does not
 * reach the server. COMMIT begins the next one only if the transaction is still the one that was begun: what ends it without a word (DDL,
 * a deadlock) leaves one of the session's own kind, and so does what the application itself begins. Without a chain nothing is touched.
 *
 * @param run runs the transaction; it calls `aboutToEnd` when the work is done and the ORM is to send COMMIT next
 */
export async function runChained<T>(
  connection: object,
  form: AnswerForm,
  chain: Chain,
  run: (aboutToEnd: () => void) => Promise<T>,
): Promise<T> {
  if (!chain.isBegun && !chain.hasNext()) return run(() => {})
  let isToBegin = chain.isBegun
  let isEnding = false
  let isInDoubt = false
  const current = watchOn(connection, form)
  current.watch = {
    replace: (sql) => {
      if (isToBegin && (PREPARES.test(sql) || BEGINS.test(sql))) {
        isToBegin = PREPARES.test(sql)
        return null
      }
      if (isEnding && COMMITS.test(sql)) return !isInDoubt && chain.beginsNext() ? CHAIN : undefined
      // What begins it, and the work.
      if (!isBeginning(sql)) isInDoubt ||= !keepsTransaction(sql)
      return undefined
    },
    doubt: () => {
      isInDoubt = true
    },
  }
  let hasBegun = chain.isBegun
  function isBeginning(sql: string): boolean {
    if (hasBegun) return false
    hasBegun = BEGINS.test(sql)
    return hasBegun || PREPARES.test(sql)
  }
  try {
    return await run(() => {
      isEnding = true
    })
  } finally {
    current.watch = undefined
  }
}

function watchOn(connection: object, form: AnswerForm): { watch: Watch | undefined } {
  let current = watches.get(connection)
  if (current === undefined) {
    current = { watch: undefined }
    watches.set(connection, current)
    watchStatements(connection as WatchableLike, form, current)
  }
  return current
}

/** Every way to send a statement, for good: to put a connection back as it was costs more than to ask it. */
function watchStatements(connection: WatchableLike, form: AnswerForm, current: { watch: Watch | undefined }): void {
  for (const how of ['query', 'execute'] as const) {
    const send = connection[how]?.bind(connection)
    if (send === undefined) continue
    connection[how] = (statement, ...values) => {
      const { watch } = current
      if (watch === undefined) return send(statement, ...values)
      const sql = typeof statement === 'string' ? statement : (statement as { readonly sql: string }).sql
      const instead = watch.replace(sql)
      if (instead === null) return form === 'callback' ? answerLater(values.at(-1)) : Promise.resolve(NOTHING)
      const sent = instead === undefined ? statement : replaced(statement, instead)
      return form === 'callback' ? send(sent, ...heard(values, watch)) : hear(send(sent, ...values), watch)
    }
  }
  // What is prepared may be run at any time, and says nothing then.
  const prepare = connection.prepare?.bind(connection)
  if (prepare === undefined) return
  connection.prepare = (...call) => {
    current.watch?.doubt()
    return prepare(...call)
  }
}

function replaced(statement: unknown, instead: string): unknown {
  return typeof statement === 'string' ? instead : { ...(statement as object), sql: instead }
}

/** The arguments with a callback that hears of failures; what has none is read as a stream, and nothing is heard of it. */
function heard(values: unknown[], watch: Watch): unknown[] {
  const callback = values.at(-1)
  if (typeof callback !== 'function') {
    watch.doubt()
    return values
  }
  const listening = (error: unknown, ...rest: unknown[]): unknown => {
    if (error !== null && error !== undefined) watch.doubt()
    return (callback as (...answer: unknown[]) => unknown)(error, ...rest)
  }
  return [...values.slice(0, -1), listening]
}

function hear(answer: unknown, watch: Watch): unknown {
  ;(answer as Promise<unknown>).catch(() => watch.doubt())
  return answer
}

/** What drivers answer to a statement without rows. */
const NOTHING = { affectedRows: 0, insertId: 0, warningStatus: 0 }

/** Drivers answer to a callback in another turn of the event loop, and return an emitter. */
function answerLater(callback: unknown): object {
  process.nextTick(callback as (error: null, result: object) => void, null, NOTHING)
  return { setMaxListeners: () => {} }
}
