import { existsSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { PoolOptions } from 'mysql2'
import { usageError } from './cli-error.js'
import type { ConnectionOptions } from './connection-options.js'
import { settingsOfOptionFile } from './option-file.js'
import type { PartialSettings } from './partial-settings.js'
import { settingsOfUrl } from './url-settings.js'

/** The same with what goes without saying, in mysql2's words. */
export type ConnectionSettings = PartialSettings & Required<Pick<PoolOptions, 'host' | 'port' | 'user'>>

/** MySQL's own port. */
const DEFAULT_PORT = 3306

/**
 * Finds out which database is meant: `--url`, `--defaults-file`, `DATABASE_URL`, `~/.my.cnf`, the first that is there.
 * @throws {CliError} when none is, or when it makes no sense; the message never quotes it
 */
export function connectionSettings(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): ConnectionSettings {
  const { ssl, connectTimeout, ...told } = find(options, env)
  return {
    ...told,
    host: told.host ?? 'localhost',
    port: told.port ?? DEFAULT_PORT,
    user: told.user ?? ownName(),
    ...(ssl === undefined ? {} : { ssl }),
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
  }
}

/** `app@db:3306/shop`: for messages. */
export function describeTarget({ user, host, port, socketPath, database }: ConnectionSettings): string {
  const place = socketPath ?? `${host.includes(':') ? `[${host}]` : host}:${port}`
  return `${user}@${place}${database === undefined ? '' : `/${database}`}`
}

function find({ url, defaultsFile }: ConnectionOptions, env: NodeJS.ProcessEnv): PartialSettings {
  if (url !== undefined) return settingsOfUrl(url, '--url')
  if (defaultsFile !== undefined) return settingsOfOptionFile(defaultsFile)
  const { DATABASE_URL } = env
  if (DATABASE_URL !== undefined && DATABASE_URL !== '') return settingsOfUrl(DATABASE_URL, 'DATABASE_URL')
  const ownFile = ownOptionFile()
  if (ownFile !== undefined && existsSync(ownFile)) return settingsOfOptionFile(ownFile)
  throw usageError(
    'no database: set DATABASE_URL (mysql://user:password@host:port/database), or give --defaults-file or --url, or write ~/.my.cnf',
  )
}

/** In `~`, and nowhere else: where HOME is empty, a file of the folder in which this was started would lead to another database. */
function ownOptionFile(): string | undefined {
  const home = asFarAsKnown(homedir)
  return home !== undefined && isAbsolute(home) ? join(home, '.my.cnf') : undefined
}

/** As the `mysql` client does it. */
function ownName(): string {
  const name = asFarAsKnown(() => userInfo().username)
  if (name !== undefined) return name
  throw usageError(
    'no user: nothing says whom to connect as, and this account has no name on this machine; put one before the host, as in mysql://user@host, or into the option file',
  )
}

/** Containers run as ids that stand in no list of accounts: for those, the system has nothing to tell. */
function asFarAsKnown(ask: () => string): string | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}
