import type { Statement } from '../fault-proxy/index.js'

/** A statement by what it is for. */
function purposeOf({ sql }: Statement): string {
  if (/\bGET_LOCK\(/.test(sql)) return 'GET_LOCK'
  if (/\bRELEASE_LOCK\(/.test(sql)) return 'RELEASE_LOCK'
  if (/^\s*(BEGIN|START TRANSACTION)/i.test(sql)) return 'BEGIN'
  if (/^\s*(COMMIT|ROLLBACK)/i.test(sql)) return sql.trim().replace(/;$/, '').toUpperCase()
  return sql
}

/** What was run, in order; preparing a statement runs nothing. */
export function purposesOf(statements: readonly Statement[]): string[] {
  return statements.filter(({ kind }) => kind === 'query' || kind === 'execute').map(purposeOf)
}
