import { LockFailedError, LockUnsupportedError } from '@ormutex/core'
import { endOf, mariadbDriver, type Row } from '@ormutex/core/sql'
import type { AdapterLink, Beginning } from './adapter-link.js'
import type { PooledConnectionLike } from './adapter-like.js'
import { beginTransaction } from './begin-transaction.js'
import type { PrismaCallOptions } from './call-options.js'
import { viewOf } from './connection-view.js'
import type { PinnedConnection, PrismaTransaction } from './pinned-connection.js'
import type { PrismaClientLike } from './prisma-like.js'

/** What Prisma sends to begin a transaction. */
const BEGINS = /^(?:BEGIN|SET TRANSACTION)\b/

/** A connection that was taken out of the pool of an adapter that was made lockable. */
export class PooledConnection implements PinnedConnection {
  readonly #link: AdapterLink
  readonly #connection: PooledConnectionLike
  /** Rejects the transaction that runs. */
  #endTransaction: ((cause: unknown) => void) | undefined

  constructor(link: AdapterLink, connection: PooledConnectionLike) {
    this.#link = link
    this.#connection = connection
  }

  get threadId(): string | undefined {
    return mariadbDriver.threadIdOf(this.#connection)
  }

  query(sql: string): Promise<readonly Row[]> {
    return mariadbDriver.query(this.#connection, sql)
  }

  ping(): Promise<void> {
    return mariadbDriver.ping(this.#connection)
  }

  onLost(listener: (cause: unknown) => void): () => void {
    return mariadbDriver.onLost(this.#connection, (cause) => {
      listener(cause)
      this.#endTransaction?.(cause)
    })
  }

  sever(): void {
    mariadbDriver.sever(this.#connection)
    this.#endTransaction?.(new Error('The connection was closed by ormutex'))
  }

  unpin(): void {
    void this.#connection.release()
  }

  async transaction(
    client: PrismaClientLike,
    work: (transaction: PrismaTransaction) => Promise<unknown>,
    options: PrismaCallOptions,
  ): Promise<void> {
    // Prisma keeps it to itself when a rollback fails, and what it makes of other errors says less than the driver's.
    let failure: { readonly error: unknown } | undefined
    const over = new Promise<never>((_, reject) => {
      this.#endTransaction = reject
    })
    over.catch(() => {})
    let isWorking = true
    const view = viewOf(this.#connection, {
      send: async (sql, send) => {
        try {
          return await send()
        } catch (error) {
          if (endOf(sql) !== null || BEGINS.test(sql)) failure ??= { error }
          throw error
        }
      },
      release: async () => {
        if (isWorking)
          this.#endTransaction?.(new LockFailedError('Prisma rolled the transaction back: was it disconnected?'))
      },
    })
    const beginning: Beginning = { view, connection: this.#connection }
    const run = async (tx: PrismaTransaction['client']): Promise<void> => {
      const { open } = beginning
      if (open === undefined) {
        throw new LockUnsupportedError('The transaction was begun elsewhere: does an extension replace $transaction?')
      }
      try {
        // A callback that goes on after the loss finds its transaction ended.
        await Promise.race([work({ client: tx, root: open }), over])
      } finally {
        isWorking = false
        failure = undefined
      }
    }
    const begun = this.#link.beginOn(beginning, () => beginTransaction(client, run, options.isolationLevel))
    try {
      // A client that is disconnecting ends no transaction before its pool is closed, and that waits for this connection.
      await Promise.race([begun, over])
    } catch (error) {
      throw failure === undefined ? error : failure.error
    } finally {
      this.#endTransaction = undefined
    }
  }
}
