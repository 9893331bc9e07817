/** The critical section's statements where an ORM has no words of its own for them. */
export const CLAIM = 'UPDATE counters SET token = ? WHERE name = ? AND token < ?'
export const RECORD =
  'INSERT INTO ledger (op_id, name, read_v, connection_id, token) VALUES (?, ?, ?, CONNECTION_ID(), ?)'
export const READ = 'SELECT v FROM counters WHERE name = ?'
export const WRITE = 'UPDATE counters SET v = ? WHERE name = ?'

/** Of a section that needs a counter which is not there. */
export class NoCounter extends Error {
  constructor(name: string) {
    super(`There is no counter ${JSON.stringify(name)}`)
  }
}

/** One row for each name that an op commits to. */
export function entryId(op: string, name: string): string {
  return `${op}/${name}`
}
