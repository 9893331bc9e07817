import type { Query } from '@ormutex/core/sql'
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2'
import type { ConnectionSettings } from '../connection-settings.js'

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
  readonly #opened = new Set<Connection>()

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
  }

  /** @throws the driver's error when there is no connection to be had */
  async open(): Promise<Session> {
    const begun = performance.now()
    const connection = createConnection(this.#settings as ConnectionOptions)
    this.#opened.add(connection)
    await connected(connection)
    const handshakeMs = performance.now() - begun
    return {
      query: (sql) => query(connection, sql),
      handshakeId: String(connection.threadId),
      handshakeMs,
      close: () => this.#close(connection),
    }
  }

  closeAll(): void {
    for (const connection of this.#opened) this.#close(connection)
  }

  #close(connection: Connection): void {
    this.#opened.delete(connection)
    connection.destroy()
  }
}

function connected(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays for as long as the connection does: an error that nobody listens to would end the process.
    connection.on('error', reject)
    connection.connect((error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}

function query(connection: Connection, sql: string): ReturnType<Query> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => {
      if (error === null) resolve(rows as Awaited<ReturnType<Query>>)
      else reject(error)
    })
  })
}
