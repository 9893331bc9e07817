import type { Query } from '@ormutex/core/sql'
import type { ConnectionSettings } from '../connection-settings.js'
import { ServerConnection } from '../server-connection.js'

/** A connection of the doctor's own. */
export interface Session {
  readonly query: Query
  /** The server's id of it as the greeting had it, which is a proxy's where one stands in between. */
  readonly handshakeId: string
  /** From the first packet to the end of the login, name resolution and TLS included. */
  readonly handshakeMs: number
  /** Closes it as the end of a process would: at once, without a word. */
  close(): void
}

/** Every connection that one examination opens, so that none outlives it. */
export class Sessions {
  readonly #settings: ConnectionSettings
  readonly #opened: ServerConnection[] = []

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
  }

  /** @throws the driver's error when there is no connection to be had, {CliError} for settings that make no sense */
  async open(): Promise<Session> {
    const begun = performance.now()
    // The examination has one limit for all that it asks.
    const connection = new ServerConnection(this.#settings, Infinity)
    this.#opened.push(connection)
    const handshakeId = await connection.greeting()
    return {
      query: connection.query,
      handshakeId,
      handshakeMs: performance.now() - begun,
      close: () => connection.close(),
    }
  }

  closeAll(): void {
    for (const connection of this.#opened) connection.close()
  }
}
