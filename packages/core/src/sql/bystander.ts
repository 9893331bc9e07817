import { keyLiteral, type Query, text } from './dialect.js'

/** Takes a connection of the pool for a moment. */
export type WithConnection = (use: (query: Query) => Promise<void>) => Promise<void>

/** A wait that is being cancelled. */
export interface Cancelling {
  readonly underway: Promise<void> | undefined
  /** True once the server was seen to be busy with something else on that connection: the wait is still to begin. */
  readonly isQueued: boolean
}

/**
 * What has to be done to a session from another connection, because its own is busy. Connection ids start again with the
 * server, so each is checked to be still the one that was meant. Best effort: whoever asks has another way out.
 */
export class Bystander {
  readonly #withConnection: WithConnection
  readonly #errands = new Set<Promise<void>>()

  constructor(withConnection: WithConnection) {
    this.#withConnection = withConnection
  }

  /**
   * Ends the wait of a session for a key and leaves its connection alive, unless the wait is over before. Once it is on its
   * way to the server, `underway` tells when it has arrived: a KILL QUERY that comes late hits whatever runs then.
   */
  cancelWait(threadId: string | undefined, key: string, isStillWaiting: () => boolean): Cancelling {
    const cancelling: { underway: Promise<void> | undefined; isQueued: boolean } = {
      underway: undefined,
      isQueued: false,
    }
    if (threadId === undefined || !/^\d+$/.test(threadId)) return cancelling
    const cancel = async (query: Query): Promise<void> => {
      const waits = await query(
        `SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${threadId} AND ID <> CONNECTION_ID()` +
          ` AND LOCATE('GET_LOCK(', INFO) > 0 AND LOCATE('${key}', INFO) > 0`,
      )
      cancelling.isQueued = waits.length === 0
      if (!cancelling.isQueued && isStillWaiting()) await query(`KILL QUERY ${threadId}`)
    }
    this.#try(async (query) => {
      if (!isStillWaiting()) return
      cancelling.underway = cancel(query).catch(() => {})
      await cancelling.underway
    })
    return cancelling
  }

  /** Ends the connection of a session that still has a key, and whatever runs on it. */
  killHolder(grant: { readonly key: string; readonly sessionId: string }): void {
    if (!/^\d+$/.test(grant.sessionId)) return
    this.#try(async (query) => {
      const rows = await query(`SELECT ${text(`IS_USED_LOCK(${keyLiteral(grant.key)})`)} AS session_id`)
      if (String(rows[0]?.['session_id']) === grant.sessionId) await query(`KILL ${grant.sessionId}`)
    })
  }

  /** Resolves when nothing of it is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#errands)
  }

  #try(use: (query: Query) => Promise<void>): void {
    const errand = this.#withConnection(use)
      .catch(() => {})
      .finally(() => this.#errands.delete(errand))
    this.#errands.add(errand)
  }
}
