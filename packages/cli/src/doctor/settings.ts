import type { Query } from '@ormutex/core/sql'

/** Variables and counters of a server by name; one that it does not have is missing. */
export type Settings = ReadonlyMap<string, string>

const VARIABLES = [
  'idle_readonly_transaction_timeout',
  'idle_transaction_timeout',
  'idle_write_transaction_timeout',
  'innodb_lock_wait_timeout',
  'max_connections',
  'max_execution_time',
  'max_statement_time',
  'max_user_connections',
  'wait_timeout',
]

const COUNTERS = ['Max_used_connections', 'Ssl_cipher', 'Threads_connected']

/** As they are for the asking session. No privilege is needed. */
export async function readSettings(query: Query): Promise<Settings> {
  const rows = [
    ...(await query(`SHOW VARIABLES WHERE Variable_name IN (${quoted(VARIABLES)})`)),
    ...(await query(`SHOW STATUS WHERE Variable_name IN (${quoted(COUNTERS)})`)),
  ]
  return new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]))
}

/** @returns `undefined` where the server has no such variable, or none that is a number */
export function numberOf(settings: Settings, name: string): number | undefined {
  const value = settings.get(name)
  return value === undefined || value === '' || Number.isNaN(Number(value)) ? undefined : Number(value)
}

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ')
