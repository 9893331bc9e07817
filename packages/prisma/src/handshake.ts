import { randomUUID } from 'node:crypto'
import type { SqlQueryableLike, SqlQueryLike } from './adapter-like.js'

/** Who answers a question, by its mark. */
const questions = new Map<string, (answer: object) => void>()

const MARK = /ormutex:([\da-f-]{36})/

/**
 * Finds out what runs the statements of a client or of a transaction. Prisma has no public way from a client to its adapter, so a
 * statement is sent that carries a mark: an adapter that was made lockable knows it and answers itself, with nothing sent; any
 * other runs it.
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
    await ask(`/* ormutex:${id} */`)
  } finally {
    questions.delete(id)
  }
  return answer
}

/** Makes something that runs statements answer those with a mark. */
export function answerWith(queryable: SqlQueryableLike, answer: object): void {
  const executeRaw = queryable.executeRaw.bind(queryable)
  const queryRaw = queryable.queryRaw.bind(queryable)
  queryable.executeRaw = async (query) => (isAnswered(query, answer) ? 0 : executeRaw(query))
  queryable.queryRaw = async (query) => (isAnswered(query, answer) ? NO_ROWS : queryRaw(query))
}

const NO_ROWS = { columnNames: [], columnTypes: [], rows: [] }

function isAnswered({ sql }: SqlQueryLike, answer: object): boolean {
  if (questions.size === 0) return false
  const give = questions.get(MARK.exec(sql)?.[1] ?? '')
  give?.(answer)
  return give !== undefined
}
