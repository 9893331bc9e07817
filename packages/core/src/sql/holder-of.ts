import type { Holder } from '../holder.js'
import { decodeHolder } from './answers.js'
import { type Dialect, keyLiteral, type Query, text } from './dialect.js'
import { ATTRIBUTE_TABLES, SESSION_LISTS, sessionColumns, type SessionTable } from './session-list.js'
import { shown } from './shown.js'

/** Who has a key, in one round trip where the account may see all that there is. */
export async function holderOf(query: Query, key: string, server: Dialect['name']): Promise<Holder | null> {
  let seen: Holder | undefined
  for (const { sql, isLast } of holderStatements(key, server)) {
    const rows = await shown(query, sql)
    if (rows === undefined) continue
    const holder = decodeHolder(rows[0] ?? {}, key)
    if (holder === null) return null
    seen = together(holder, seen)
    if (isLast || seen.user !== undefined) return seen
  }
  // Needs no privilege.
  const rows = await query(`SELECT ${text(`IS_USED_LOCK(${keyLiteral(key)})`)} AS session_id`)
  return decodeHolder(rows[0] ?? {}, key)
}

/** The lock may have changed hands since the question before. */
function together(holder: Holder, earlier: Holder | undefined): Holder {
  return earlier?.sessionId === holder.sessionId ? { ...holder, ...earlier } : holder
}

interface HolderStatement {
  readonly sql: string
  /** Whether those that follow would show no more, where it is answered. */
  readonly isLast: boolean
}

/** From the fullest answer to the barest. */
function holderStatements(key: string, server: Dialect['name']): readonly HolderStatement[] {
  const { tables } = SESSION_LISTS[server]
  const holder = `(SELECT IS_USED_LOCK(${keyLiteral(key)}) AS id) AS holder`
  const statement = (table: SessionTable, attributes?: string): HolderStatement => {
    const label = attributes === undefined ? '' : `, ${text('a.ATTR_VALUE')} AS label`
    const sql =
      `SELECT ${text('holder.id')} AS session_id, ${sessionColumns(table)}${label} FROM ${holder}` +
      ` LEFT JOIN ${table.sql} AS p ON p.ID = holder.id`
    const join = ` LEFT JOIN ${attributes} AS a ON a.PROCESSLIST_ID = holder.id AND a.ATTR_NAME = 'ormutex_label'`
    return { sql: attributes === undefined ? sql : sql + join, isLast: table === tables.at(-1) }
  }
  const [fullest, ...others] = tables
  return [
    statement(fullest, ATTRIBUTE_TABLES.all),
    ...(others.length === 0 ? tables : others).map((table) => statement(table, ATTRIBUTE_TABLES.own)),
    statement(tables.at(-1)!),
  ]
}
