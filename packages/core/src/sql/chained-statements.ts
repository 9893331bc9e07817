import type { Chain } from './sql-source.js'

/** What an ORM sends to begin a transaction. */
const PREPARES = /^SET TRANSACTION\b/i
const BEGINS = /^(?:BEGIN|START TRANSACTION)\b/i
const COMMITS = /^COMMIT\s*;?$/i

/** How a statement on a connection is answered: to a callback, which is its last argument, or by a promise. */
export type AnswerForm = 'callback' | 'promise'

/** A connection whose statements can be replaced. */
interface ReplaceableLike {
  query(statement: unknown, ...values: unknown[]): unknown
}

/** What is sent instead of a statement: `null` for nothing, `undefined` for the statement as it is. */
type Replace = (sql: string) => string | null | undefined

/** What is done with the statements on a connection at present. A connection is found here once it was of use. */
const replacements = new WeakMap<object, { replace: Replace | undefined }>()

/**
 * Runs an ORM's own transaction as a part of a chain: the ORM sends what it always sends, and what the chain makes superfluous does not
 * reach the server. Without a chain nothing is touched.
 *
 * @param run runs the transaction; it calls `aboutToEnd` when the work is done and the ORM is to send COMMIT next
 */
export async function runChained<T>(
  connection: object,
  form: AnswerForm,
  chain: Chain,
  run: (aboutToEnd: () => void) => Promise<T>,
): Promise<T> {
  if (chain.isBegun)
    replaceOn(
      connection,
      form,
      withoutBeginning(() => replaceNothing(connection)),
    )
  try {
    return await run(() => {
      if (chain.hasNext())
        replaceOn(connection, form, (sql) => (COMMITS.test(sql) && chain.beginsNext() ? CHAIN : undefined))
    })
  } finally {
    replaceNothing(connection)
  }
}

/** Keeps the isolation level and the access mode of the transaction that it ends. Both servers, measured. */
const CHAIN = 'COMMIT AND CHAIN'

/** Leaves out what begins a transaction, once. */
function withoutBeginning(begun: () => void): Replace {
  return (sql) => {
    if (PREPARES.test(sql)) return null
    if (!BEGINS.test(sql)) return undefined
    begun()
    return null
  }
}

function replaceNothing(connection: object): void {
  const replacement = replacements.get(connection)
  if (replacement !== undefined) replacement.replace = undefined
}

function replaceOn(connection: object, form: AnswerForm, replace: Replace): void {
  let replacement = replacements.get(connection)
  if (replacement === undefined) {
    replacement = { replace: undefined }
    replacements.set(connection, replacement)
    watchStatements(connection as ReplaceableLike, form, replacement)
  }
  replacement.replace = replace
}

function watchStatements(
  connection: ReplaceableLike,
  form: AnswerForm,
  current: { replace: Replace | undefined },
): void {
  const query = connection.query.bind(connection)
  connection.query = (statement, ...values) => {
    const sql = typeof statement === 'string' ? statement : (statement as { readonly sql: string }).sql
    const instead = current.replace?.(sql)
    if (instead === undefined) return query(statement, ...values)
    if (instead === null) return form === 'callback' ? answerLater(values.at(-1)) : Promise.resolve(NOTHING)
    return query(typeof statement === 'string' ? instead : { ...(statement as object), sql: instead }, ...values)
  }
}

/** What drivers answer to a statement without rows. */
const NOTHING = { affectedRows: 0, insertId: 0, warningStatus: 0 }

/** Drivers answer to a callback in another turn of the event loop, and return an emitter. */
function answerLater(callback: unknown): object {
  process.nextTick(callback as (error: null, result: object) => void, null, NOTHING)
  return { setMaxListeners: () => {} }
}
