import { type TestServer, until } from '@ormutex-test/servers'
import { namedLocks, type NamedLocksOptions, type PoolLocks } from '@ormutex/mysql2'
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise'

/** Applications that have locks and wait for them, each with a pool of its own, until the test is over. */
export class Holders {
  readonly #server: Pick<TestServer, 'host' | 'port' | 'user' | 'password' | 'database'>
  readonly #pools: Pool[] = []
  readonly #giveUp = new AbortController()

  constructor(server: Pick<TestServer, 'host' | 'port' | 'user' | 'password' | 'database'>) {
    this.#server = server
  }

  open(options: NamedLocksOptions = {}): PoolLocks {
    return namedLocks(this.#openPool(), { maxWaiters: 10, ...options })
  }

  /** Waits for a lock and keeps it. */
  wait(locks: PoolLocks, name: string): void {
    // Given up, or the lock's server has gone: either is the end of the test.
    locks.acquireNamedLock(name, { timeoutMs: Infinity, signal: this.#giveUp.signal }).catch(() => {})
  }

  /** Resolves when the server has so many who wait for a lock, each on a session of its own. */
  async untilWaiting(count: number): Promise<void> {
    const pool = this.#openPool()
    const waiting = "SELECT 1 FROM information_schema.processlist WHERE DB = ? AND STATE = 'User lock'"
    await until(`${count} wait for a lock`, async () => {
      const [rows] = await pool.query<RowDataPacket[]>(waiting, [this.#server.database])
      return rows.length === count
    })
  }

  /** Whoever still waits does so no more, and every connection is closed. */
  async end(): Promise<void> {
    this.#giveUp.abort()
    await Promise.all(this.#pools.splice(0).map((pool) => pool.end()))
  }

  #openPool(): Pool {
    const { host, port, user, password, database } = this.#server
    const pool = createPool({ host, port, user, password, database, connectionLimit: 20 })
    this.#pools.push(pool)
    return pool
  }
}
