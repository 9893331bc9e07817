import type { Flavour } from './flavour.js'

export type Settings = Record<string, string | number>

export const settingArguments = (settings: Settings) =>
  Object.entries(settings).map(([key, value]) => `--${key}=${value}`)

/**
 * What a data directory is laid out with: small, and the same for its template and for the server that runs on a copy,
 * which would otherwise grow the files at its start. `loose-` lets releases that lack a setting ignore it.
 */
const STORAGE: Record<Flavour, Settings> = {
  mysql: { 'loose-innodb-redo-log-capacity': '32M' },
  mariadb: { 'innodb-log-file-size': '16M' },
}

export const storageSettings = (flavour: Flavour): Settings => STORAGE[flavour]

/**
 * A server for tests: many connections, and no more care for data than the crash of a process calls for, since that of the
 * machine ends the data. What has been written is the system's then, so nothing is synced at a commit. InnoDB's doublewrite
 * stays on: SIGKILL cuts a write short between two pages of memory, four of which are one of InnoDB's.
 * performance_schema stays what the flavour makes it by default.
 */
export function testSettings(flavour: Flavour): Settings {
  return {
    ...storageSettings(flavour),
    'max-connections': 500,
    'innodb-buffer-pool-size': '64M',
    'innodb-flush-log-at-trx-commit': 2,
    'skip-name-resolve': 'ON',
    ...(flavour === 'mysql' ? { 'skip-log-bin': 'ON', 'loose-mysqlx': 'OFF' } : {}),
  }
}

/** For a MySQL server that others replicate: what is committed goes into its binary log, and each transaction has its own id. */
export const LOGGED_CHANGES: Settings = {
  'log-bin': 'binlog',
  'sync-binlog': 0,
  'gtid-mode': 'ON',
  'enforce-gtid-consistency': 'ON',
}
