import { checkTarget, deriveKey } from '@ormutex/core'
import { namedLocks, type NamedLocksOptions, type PoolLocks } from '@ormutex/mysql2'
import { createPool, type Pool, type PoolOptions, type RowDataPacket } from 'mysql2/promise'
import { usageError } from './cli-error.js'
import type { ConnectionOptions } from './connection-options.js'
import { type ConnectionSettings, connectionSettings, describeTarget } from './connection-settings.js'
import { say } from './output.js'
import { hideSecret, redact } from './secrets.js'

/** One to hold a lock, one that waits, two to look around and to end a wait. */
const CONNECTIONS = 4

/** How long a command waits at its end for connections to be closed, in milliseconds: they end with the process at the latest. */
const CLOSING_MS = 1_000

/** A database that a command may speak to. Nothing has been sent yet. */
export interface Connected {
  readonly pool: Pool
  readonly locks: PoolLocks
  readonly settings: ConnectionSettings
  /** `app@db:3306/shop`, for messages. */
  readonly target: string
  /** Of the environment: keys are made with it. */
  readonly secret: string | undefined
  /** The option's value, or the connection's database, empty where it has none: as in the library. */
  namespace(): Promise<string>
  /** What the server sees for a name. @throws {CliError} for what is none */
  keyOf(name: string, exactName?: boolean): Promise<string>
}

/** Opens what the options and the environment name, and closes it when `use` has ended. @throws {CliError} for what makes no sense */
export async function withLocks<T>(options: ConnectionOptions, use: (connected: Connected) => Promise<T>): Promise<T> {
  if (options.url !== undefined && redact(options.url) !== options.url) {
    say(
      'a password on the command line can be seen by other users: set DATABASE_URL or use --defaults-file instead of --url',
    )
  }
  const settings = connectionSettings(options)
  const secret = secretOf(process.env)
  const pool = await asUsage(() => createPool({ ...settings, connectionLimit: CONNECTIONS } as PoolOptions))
  const locks = await asUsage(() =>
    namedLocks(pool, {
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(secret === undefined ? {} : { secret }),
    } satisfies NamedLocksOptions),
  )
  const namespace = async (): Promise<string> => options.namespace ?? (await currentDatabase(pool))
  try {
    return await use({
      pool,
      locks,
      settings,
      target: describeTarget(settings),
      secret,
      namespace,
      keyOf: async (name, exactName = false) => {
        await asUsage(() => checkTarget(name, exactName))
        return exactName ? name : deriveKey(await namespace(), name, secret)
      },
    })
  } finally {
    await Promise.race([pool.end().catch(() => {}), new Promise((resolve) => setTimeout(resolve, CLOSING_MS).unref())])
  }
}

/** Calls what refuses wrong arguments with a TypeError or a RangeError: they are the user's. @throws {CliError} */
export async function asUsage<T>(call: () => T | Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw usageError(error.message.replace('orphanTimeoutMs', '--orphan-timeout'))
    throw error
  }
}

function secretOf({ ORMUTEX_SECRET }: NodeJS.ProcessEnv): string | undefined {
  if (ORMUTEX_SECRET === '') {
    throw usageError('ORMUTEX_SECRET is set, but empty: without it, keys would be others than those of the rest')
  }
  if (ORMUTEX_SECRET !== undefined) hideSecret(ORMUTEX_SECRET)
  return ORMUTEX_SECRET
}

async function currentDatabase(pool: Pool): Promise<string> {
  const [rows] = await pool.query<RowDataPacket[]>('SELECT DATABASE() AS current_database')
  return (rows[0] as { readonly current_database: string | null }).current_database ?? ''
}
