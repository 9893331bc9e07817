import { LockUnsupportedError } from '@ormutex/core'
import { type Chain, ChainedStatements, endOf, mariadbDriver, type Row } from '@ormutex/core/sql'
import { type AdapterLink, type Beginning, NOTHING, type OpenTransaction } from './adapter-link.js'
import type { PooledConnectionLike } from './adapter-like.js'
import { beginTransaction } from './begin-transaction.js'
import type { PrismaCallOptions } from './call-options.js'
import { viewOf } from './connection-view.js'
import { askWhoRuns, QUESTION } from './handshake.js'
import type { PinnedConnection, PrismaTransaction } from './pinned-connection.js'
import type { PrismaClientLike, QueryableLike } from './prisma-like.js'
import { isToBeChecked, OwnStatements, watchedClient } from './watched-client.js'

/** What Prisma sends to begin a transaction. */
const BEGINS = /^(?:BEGIN|SET TRANSACTION)\b/

/** A connection that was taken out of the pool of an adapter that was made lockable. */
export class PooledConnection implements PinnedConnection {
  readonly isForSeveral = true
  readonly isInTransaction = false
  readonly #link: AdapterLink
  readonly #connection: PooledConnectionLike
  readonly back: Promise<void>
  #reportBack!: () => void
  #lostListener: ((cause: unknown) => void) | undefined
  /** Rejects the transaction that runs. */
  #endTransaction: ((cause: unknown) => void) | undefined

  constructor(link: AdapterLink, connection: PooledConnectionLike) {
    this.#link = link
    this.#connection = connection
    this.back = new Promise((resolve) => {
      this.#reportBack = resolve
    })
  }

  get threadId(): string | undefined {
    return mariadbDriver.threadIdOf(this.#connection)
  }

  get greetedId(): string | undefined {
    return this.threadId
  }

  query(sql: string): Promise<readonly Row[]> {
    return mariadbDriver.query(this.#connection, sql)
  }

  ping(): Promise<void> {
    return mariadbDriver.ping(this.#connection)
  }

  onLost(listener: (cause: unknown) => void): () => void {
    this.#lostListener = listener
    const stop = mariadbDriver.onLost(this.#connection, (cause) => this.lose(cause))
    return () => {
      this.#lostListener = undefined
      stop()
    }
  }

  sever(): void {
    mariadbDriver.sever(this.#connection)
    this.#endTransaction?.(new Error('The connection was closed by ormutex'))
  }

  unpin(): void {
    this.#connection.release().then(this.#reportBack, this.#reportBack)
  }

  async transaction(
    client: PrismaClientLike,
    work: (transaction: PrismaTransaction) => Promise<unknown>,
    options: PrismaCallOptions,
    chain: Chain,
  ): Promise<void> {
    // Prisma keeps it to itself when a rollback fails, and what it makes of other errors says less than the driver's.
    let failure: { readonly error: unknown } | undefined
    let open: OpenTransaction | undefined
    let isWorking = false
    const statements = new ChainedStatements(chain)
    let ran: { error: unknown } | undefined
    const beginning: Beginning = {
      connection: this.#connection,
      begun: 0,
      isRunning: false,
      viewFor: (begun) => {
        open = begun
        return viewOf(this.#connection, {
          send: async (sql, send) => {
            try {
              const instead = statements.insteadOf(sql)
              return instead === null ? NOTHING : await send(instead)
            } catch (error) {
              statements.doubt()
              if (endOf(sql) !== null || BEGINS.test(sql)) failure ??= { error }
              throw error
            }
          },
          release: async () => {
            begun.isOver = true
            // On its own: its timeout struck, or the client disconnects.
            if (isWorking) this.lose(new Error('Prisma rolled the transaction back'))
          },
        })
      },
    }
    const over = new Promise<never>((_, reject) => {
      this.#endTransaction = reject
    })
    over.catch(() => {})
    const run = async (tx: QueryableLike): Promise<void> => {
      // An extension that tries a failed transaction once more would do it on another connection.
      if (ran !== undefined) throw ran.error
      ran = { error: undefined }
      beginning.isRunning = true
      if (open === undefined || beginning.begun > 1) throw runsElsewhere()
      if (toBeChecked) await checkWhere(client, tx, open)
      isWorking = true
      try {
        // A callback that goes on after the loss finds its transaction ended.
        await Promise.race([work({ client: tx, root: open }), over])
        statements.aboutToEnd()
      } catch (error) {
        ran = { error }
        throw error
      } finally {
        isWorking = false
        failure = undefined
      }
    }
    const toBeChecked = isToBeChecked(client)
    const beginner = toBeChecked ? watchedClient(client) : client
    const begun = this.#link.beginOn(beginning, () => beginTransaction(beginner, run, options.isolationLevel))
    try {
      // A client that is disconnecting ends no transaction before its pool is closed, and that waits for this connection.
      await Promise.race([begun, over])
      if (ran === undefined) throw runsElsewhere()
    } catch (error) {
      throw failure === undefined ? error : failure.error
    } finally {
      this.#endTransaction = undefined
    }
  }

  lose(cause: unknown): void {
    this.#lostListener?.(cause)
    this.#endTransaction?.(cause)
  }
}

/**
 * Makes sure that what the application is given runs on the connection that has the lock: an extension may send each statement in a
 * transaction of its own.
 *
 * @param tx of the watched client
 */
async function checkWhere(client: PrismaClientLike, tx: QueryableLike, open: OpenTransaction): Promise<void> {
  const own = new OwnStatements()
  const answer = await askWhoRuns((mark) => own.send(() => tx.$queryRawUnsafe(`${QUESTION} ${mark}`)))
  if (answer !== open) throw runsElsewhere()
  await own.checkModels(client, tx)
}

function runsElsewhere(): LockUnsupportedError {
  return new LockUnsupportedError(
    'The transaction does not run on the connection that has the lock: does an extension of this client replace $transaction, or ' +
      'send each statement in a transaction of its own?',
  )
}
