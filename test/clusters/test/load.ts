import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestServer } from '@ormutex-test/servers'
import { namedLocks, type PoolLocks } from '@ormutex/mysql2'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { eventually } from './asking.js'
import { counterOn } from './counters.js'

const CALLERS = 6
/** After nobody took the lock, as while a primary is being elected. */
const PAUSE_MS = 20

/**
 * Callers that raise one counter all the time, each by reading it and writing what is more by one, on whichever server takes the lock.
 */
export class Load {
  readonly #pools
  readonly #locks: readonly PoolLocks[]
  readonly #name: string
  readonly #callers: readonly Promise<void>[]
  #isOver = false
  #resolved = 0
  #unknown = 0

  constructor(servers: readonly TestServer[], name: string) {
    this.#pools = servers.map(({ url }) => createPool({ uri: url, connectionLimit: 5 }))
    this.#locks = this.#pools.map((pool) => namedLocks(pool))
    this.#name = name
    this.#callers = Array.from({ length: CALLERS }, () => this.#callAgainAndAgain())
  }

  /** Answers when so many more calls have resolved. */
  async goOn(calls: number): Promise<void> {
    const enough = this.#resolved + calls
    await eventually(`${calls} more calls`, () => Promise.resolve(this.#resolved >= enough ? true : undefined))
  }

  /** Ends the callers, and sees that every call that resolved has raised the counter, and no other has. */
  async endOn(servers: readonly TestServer[]): Promise<void> {
    await this.stop()
    for (const server of servers) {
      await eventually(`${this.#resolved} on ${server.port}`, async () => {
        const value = (await counterOn(server, this.#name)) ?? 0
        return value >= this.#resolved ? true : undefined
      })
      const value = (await counterOn(server, this.#name)) ?? 0
      // Of a call whose COMMIT was not answered only the counter tells.
      assert.ok(value <= this.#resolved + this.#unknown, `${value} of ${this.#resolved} and ${this.#unknown}`)
    }
  }

  async stop(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await Promise.all(this.#callers)
    await Promise.all(this.#pools.map((pool) => pool.end()))
  }

  async #callAgainAndAgain(): Promise<void> {
    while (!this.#isOver) {
      const before = this.#resolved
      for (const locks of this.#locks) await this.#call(locks)
      if (this.#resolved === before) await sleep(PAUSE_MS)
    }
  }

  async #call(locks: PoolLocks): Promise<void> {
    try {
      await locks.withNamedLock(this.#name, async (trx) => {
        const [rows] = await trx.query<RowDataPacket[]>('SELECT value FROM counters WHERE name = ?', [this.#name])
        const value = Number(rows[0]?.['value'] ?? 0)
        await trx.query('REPLACE INTO counters VALUES (?, ?)', [this.#name, value + 1])
      })
      this.#resolved += 1
    } catch (error) {
      if ((error as { code?: unknown }).code === 'COMMIT_UNKNOWN') this.#unknown += 1
    }
  }
}
