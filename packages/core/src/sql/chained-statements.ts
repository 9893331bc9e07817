import { keepsTransaction } from './kept-transaction.js'
import type { Chain } from './sql-source.js'

/** What an ORM sends to begin a transaction. */
const PREPARES = /^SET TRANSACTION\b/i
const BEGINS = /^(?:BEGIN|START TRANSACTION)\b/i
const COMMITS = /^COMMIT\s*;?$/i

/** Keeps the isolation level and the access mode of the transaction that it ends. Both servers, measured. */
const CHAIN = 'COMMIT AND CHAIN'

/**
 * The statements of one transaction in a chain: the ORM sends what it always sends, and what the chain makes superfluous does not reach
 * the server. COMMIT begins the next one only if the transaction is still the one that was begun: what ends it without a word (DDL, a
 * deadlock) leaves one of the session's own kind, and so does what the application itself begins.
 */
export class ChainedStatements {
  readonly #chain: Chain
  #hasBegun: boolean
  #isToSkip: boolean
  #isEnding = false
  #isInDoubt = false

  /**
   * The statements of one transaction in a chain.
   * @param chain how the transaction is tied to its neighbours
   */
  constructor(chain: Chain) {
    this.#chain = chain
    this.#isToSkip = chain.isBegun
    this.#hasBegun = chain.isBegun
  }

  /** What is to be sent instead of a statement: `null` for nothing, `undefined` for the statement as it is. */
  insteadOf(sql: string): string | null | undefined {
    if (this.#isToSkip && (PREPARES.test(sql) || BEGINS.test(sql))) {
      this.#isToSkip = PREPARES.test(sql)
      return null
    }
    if (this.#isEnding && COMMITS.test(sql)) return !this.#isInDoubt && this.#chain.beginsNext() ? CHAIN : undefined
    if (!this.#isBeginning(sql)) this.#isInDoubt ||= !keepsTransaction(sql)
    return undefined
  }

  /** Something was sent, or has failed, after which the transaction may be another one, or none. */
  doubt(): void {
    this.#isInDoubt = true
  }

  /** The work is done, and the next COMMIT is the ORM's own. */
  aboutToEnd(): void {
    this.#isEnding = true
  }

  #isBeginning(sql: string): boolean {
    if (this.#hasBegun) return false
    this.#hasBegun = BEGINS.test(sql)
    return this.#hasBegun || PREPARES.test(sql)
  }
}

/** How a statement on a connection is answered: to a callback, which is its last argument, or by a promise. */
export type AnswerForm = 'callback' | 'promise'

/** Ways to a connection of mysql2 and of the mariadb connector that do not say what becomes of the transaction. */
const UNWATCHED = [
  // What is prepared may be run at any time.
  'prepare',
  'batch',
  'importFile',
  'queryStream',
  'beginTransaction',
  'commit',
  'rollback',
  'changeUser',
  'reset',
] as const

/** A connection whose statements can be watched. */
type WatchableLike = Record<
  'query' | 'execute' | (typeof UNWATCHED)[number],
  ((...call: unknown[]) => unknown) | undefined
>

/** The transaction in a chain that runs on a connection at present. */
interface Watch {
  statements: ChainedStatements | undefined
}

/** A connection is found here once one was of use on it. */
const watches = new WeakMap<object, Watch>()

/**
 * Runs an ORM's own transaction as a part of a chain, see {@link ChainedStatements}. Without a chain nothing is touched.
 *
 * @param connection what the statements are sent on
 * @param form how it answers
 * @param chain how the transaction is tied to its neighbours
 * @param run runs the transaction; it calls `aboutToEnd` when the work is done and the ORM is to send COMMIT next
 * @throws what `run` rejects with
 */
export async function runChained<T>(
  connection: object,
  form: AnswerForm,
  chain: Chain,
  run: (aboutToEnd: () => void) => Promise<T>,
): Promise<T> {
  if (!chain.isBegun && !chain.hasNext()) return run(() => {})
  const watch = watchOn(connection, form)
  const statements = new ChainedStatements(chain)
  watch.statements = statements
  try {
    return await run(() => statements.aboutToEnd())
  } finally {
    watch.statements = undefined
  }
}

function watchOn(connection: object, form: AnswerForm): Watch {
  let watch = watches.get(connection)
  if (watch === undefined) {
    watch = { statements: undefined }
    watches.set(connection, watch)
    watchStatements(connection as WatchableLike, form, watch)
  }
  return watch
}

/** Every way to send a statement, for good: to put a connection back as it was costs more than to ask it. */
function watchStatements(connection: WatchableLike, form: AnswerForm, watch: Watch): void {
  for (const how of ['query', 'execute'] as const) {
    const send = connection[how]?.bind(connection)
    if (send === undefined) continue
    connection[how] = (statement, ...values) => {
      const { statements } = watch
      if (statements === undefined) return send(statement, ...values)
      const sql = typeof statement === 'string' ? statement : (statement as { readonly sql: string }).sql
      const instead = statements.insteadOf(sql)
      if (instead === null) return form === 'callback' ? answerLater(values.at(-1)) : Promise.resolve(NOTHING)
      const sent = instead === undefined ? statement : replaced(statement, instead)
      return form === 'callback' ? send(sent, ...heard(values, statements)) : hear(send(sent, ...values), statements)
    }
  }
  for (const how of UNWATCHED) {
    const send = connection[how]?.bind(connection)
    if (send === undefined) continue
    connection[how] = (...call) => {
      watch.statements?.doubt()
      return send(...call)
    }
  }
}

function replaced(statement: unknown, instead: string): unknown {
  return typeof statement === 'string' ? instead : { ...(statement as object), sql: instead }
}

/** The arguments with a callback that hears of failures; what has none is read as a stream, and nothing is heard of it. */
function heard(values: unknown[], statements: ChainedStatements): unknown[] {
  const callback = values.at(-1)
  if (typeof callback !== 'function') {
    statements.doubt()
    return values
  }
  const listening = (error: unknown, ...rest: unknown[]): unknown => {
    if (error !== null && error !== undefined) statements.doubt()
    return (callback as (...answer: unknown[]) => unknown)(error, ...rest)
  }
  return [...values.slice(0, -1), listening]
}

function hear(answer: unknown, statements: ChainedStatements): unknown {
  ;(answer as Promise<unknown>).catch(() => statements.doubt())
  return answer
}

/** What drivers answer to a statement without rows. */
const NOTHING = { affectedRows: 0, insertId: 0, warningStatus: 0 }

/** Drivers answer to a callback in another turn of the event loop, and return an emitter. */
function answerLater(callback: unknown): object {
  process.nextTick(callback as (error: null, result: object) => void, null, NOTHING)
  return { setMaxListeners: () => {} }
}
