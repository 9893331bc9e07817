import type { TestServer } from '@ormutex-test/servers'
import { namedLocks, type NamedLocksOptions, type PoolLocks } from '@ormutex/mysql2'
import { createPool, type Pool } from 'mysql2/promise'

/** Applications that hold locks, each with a pool of its own, until the test is over. */
export class Holders {
  readonly #server: Pick<TestServer, 'host' | 'port' | 'user' | 'password' | 'database'>
  readonly #pools: Pool[] = []

  constructor(server: Pick<TestServer, 'host' | 'port' | 'user' | 'password' | 'database'>) {
    this.#server = server
  }

  open(options: NamedLocksOptions = {}): PoolLocks {
    const { host, port, user, password, database } = this.#server
    const pool = createPool({ host, port, user, password, database, connectionLimit: 20 })
    this.#pools.push(pool)
    return namedLocks(pool, { maxWaiters: 10, ...options })
  }

  /** Whoever still waits does not get it. */
  async end(): Promise<void> {
    for (const pool of this.#pools.splice(0)) {
      pool.pool.end(() => {})
    }
  }
}
