import { randomBytes } from 'node:crypto'
import { decodeGrant, type Dialect, type Query, serverErrno } from '@ormutex/core/sql'

/** Takes locks with the library's own statements and none of its queues, so that every answer is the server's. */
export class Locking {
  readonly #dialect: Dialect

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** @returns the server's id of the session that has it then; `undefined` when it was not granted within `waitMs` */
  async take(query: Query, key: string, waitMs: number): Promise<string | undefined> {
    try {
      return decodeGrant(await query(this.#dialect.ask(key, waitMs)))?.sessionId
    } catch (error) {
      if (this.#dialect.refusal(serverErrno(error)) !== 'limit') throw error
      // It may have been granted in the last moment.
      await this.release(query, key)
      return undefined
    }
  }

  async release(query: Query, key: string): Promise<void> {
    await query(this.#dialect.release([key]))
  }

  /** The connection id of whoever has it. */
  async holderOf(query: Query, key: string): Promise<string | undefined> {
    return (await this.#dialect.holderOf(query, key))?.sessionId
  }
}

/** Nobody else's. */
export const newKey = () => `ormutex-doctor~${randomBytes(10).toString('hex')}`
