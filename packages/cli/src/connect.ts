import { namedLocks, type NamedLocksOptions, type PoolLocks } from '@ormutex/mysql2'
import { createPool, type Pool, type PoolOptions } from 'mysql2/promise'
import { asUsage } from './as-usage.js'
import type { ConnectionOptions } from './connection-options.js'
import { type Destination, destinationOf } from './destination.js'
import { keySecret } from './key-secret.js'

/** One to hold a lock, one that waits, two to look around and to end a wait. */
const CONNECTIONS = 4

/** How long a command waits at its end for connections to be closed, in milliseconds: they end with the process at the latest. */
const CLOSING_MS = 1_000

/** A database on which locks can be taken. Nothing has been sent yet. */
export interface Connected extends Destination {
  readonly pool: Pool
  readonly locks: PoolLocks
  /** What keys are made with. */
  readonly secret: string | undefined
}

/** Opens what the options and the environment name, and closes it when `use` has ended. @throws {CliError} for what makes no sense */
export async function withLocks<T>(options: ConnectionOptions, use: (connected: Connected) => Promise<T>): Promise<T> {
  const destination = destinationOf(options)
  const secret = keySecret()
  const pool = asUsage(() => createPool({ ...destination.settings, connectionLimit: CONNECTIONS } as PoolOptions))
  const locks = asUsage(() =>
    namedLocks(pool, {
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(secret === undefined ? {} : { secret }),
    } satisfies NamedLocksOptions),
  )
  try {
    return await use({ ...destination, pool, locks, secret })
  } finally {
    await Promise.race([pool.end().catch(() => {}), new Promise((resolve) => setTimeout(resolve, CLOSING_MS).unref())])
  }
}
