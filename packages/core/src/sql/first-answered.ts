import type { Query } from './dialect.js'
import { serverErrno } from './sql-errors.js'
import type { Row } from './sql-source.js'

/** The rows of the first statement that the server takes: what it may show differs by version and by privilege. */
export async function firstAnswered(query: Query, statements: readonly string[]): Promise<readonly Row[]> {
  for (const [index, statement] of statements.entries()) {
    try {
      return await query(statement)
    } catch (error) {
      const isLast = index === statements.length - 1
      if (isLast || serverErrno(error) === undefined) throw error
    }
  }
  return []
}
