/** What a statement is, in a drawing's words; its arguments matter only where they are the point. */
export function nameOf(sql: string): string {
  if (/\bRELEASE_LOCK\(/.test(sql)) return 'RELEASE_LOCK'
  if (/\bGET_LOCK\(/.test(sql)) return 'GET_LOCK'
  const update = /^UPDATE accounts SET (?<what>balance = \d+)/.exec(sql)
  if (update !== null) return `UPDATE ${update.groups!['what']}`
  if (sql.startsWith('SELECT balance ')) return 'SELECT balance'
  return sql
}
