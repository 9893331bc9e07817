import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SqlQueryableLike } from './adapter-like.js'

/** Who answers a question, by its mark. */
const questions = new Map<string, (answer: object) => void>()

const MARK = /ormutex:([\da-f-]{36})/

/** What is sent with the mark, where nobody answers. */
export const QUESTION = 'SELECT 1'

/** How often a statement is sent that Prisma did not send. */
const ATTEMPTS = 3

/**
 * Finds out what runs the statements of a client or of a transaction. Prisma has no public way from a client to its adapter, so a
 * statement is sent that carries a mark: who knows it answers, with nothing sent; any other adapter runs it.
 *
 * @param ask sends a statement with the mark, as a comment, in it
 */
export async function askWhoRuns<Answer extends object>(
  ask: (mark: string) => PromiseLike<unknown>,
): Promise<Answer | undefined> {
  const id = randomUUID()
  let answer: Answer | undefined
  questions.set(id, (given) => (answer = given as Answer))
  try {
    await sentByPrisma(() => ask(`/* ormutex:${id} */`))
  } finally {
    questions.delete(id)
  }
  return answer
}

/**
 * What a statement was answered with. Prisma sends what is asked of a transaction in one turn of the event loop one after the other, up
 * to the first that fails, and answers the rest, unsent, with undefined (measured with 7.10.0): those are sent again in a later turn.
 */
export async function sentByPrisma<T>(send: () => PromiseLike<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await send()
    if (result !== undefined) return result
    if (attempt === ATTEMPTS)
      throw new Error('Prisma did not send a statement, since another one of the same moment failed')
    await nextTurn()
  }
}

/** Makes something that runs statements answer those with a mark. */
export function answerWith(queryable: SqlQueryableLike, answer: object): void {
  const executeRaw = queryable.executeRaw.bind(queryable)
  const queryRaw = queryable.queryRaw.bind(queryable)
  queryable.executeRaw = async (query) => (answerQuestion(query.sql, answer) ? 0 : executeRaw(query))
  queryable.queryRaw = async (query) => (answerQuestion(query.sql, answer) ? NO_ROWS : queryRaw(query))
}

const NO_ROWS = { columnNames: [], columnTypes: [], rows: [] }

/** Answers a statement that carries the mark of a question. */
export function answerQuestion(sql: string, answer: object): boolean {
  if (questions.size === 0) return false
  const give = questions.get(MARK.exec(sql)?.[1] ?? '')
  give?.(answer)
  return give !== undefined
}
