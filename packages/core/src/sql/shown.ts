import type { Query } from './dialect.js'
import { serverErrno } from './sql-errors.js'
import type { Row } from './sql-source.js'

/** The rows; `undefined` when the server has no such table, or does not show it to this account. */
export async function shown(query: Query, sql: string): Promise<readonly Row[] | undefined> {
  try {
    return await query(sql)
  } catch (error) {
    if (serverErrno(error) === undefined) throw error
    return undefined
  }
}
