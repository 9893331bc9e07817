import type { Flavour } from './flavour.js'

export type Settings = Record<string, string | number>

export const settingArguments = (settings: Settings) =>
  Object.entries(settings).map(([key, value]) => `--${key}=${value}`)

/**
 * What a data directory is laid out with: small, and the same for its template and for the server that runs on a copy,
 * which would otherwise grow the files at its start. `loose-` lets releases that lack a setting ignore it.
 */
const STORAGE: Record<Flavour, Settings> = {
  mysql: { 'loose-innodb-redo-log-capacity': '32M', 'innodb-doublewrite': 'OFF' },
  mariadb: { 'innodb-log-file-size': '16M', 'innodb-doublewrite': 0 },
}

export const storageSettings = (flavour: Flavour): Settings => STORAGE[flavour]

/**
 * A server for tests: many connections and nothing that keeps data safe from a crash, since a crash ends the data.
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
