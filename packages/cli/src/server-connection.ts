import type { Row } from '@ormutex/core/sql'
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2'
import type { ConnectionSettings } from './connection-settings.js'

/** One connection to the server, which answers in time or is given up. */
export class ServerConnection {
  readonly #connection: Connection
  readonly #patienceMs: number
  /** Why the connection is gone: what is asked afterwards is refused with less. */
  #loss: Error | undefined
  /** Of what has not been answered: a connection that is destroyed calls nobody back. */
  readonly #refusals = new Set<(error: Error) => void>()

  /**
   * Begins to connect: that it fails is told by the first query.
   * @param patienceMs how long an answer may take, connecting included
   */
  constructor(settings: ConnectionSettings, patienceMs: number) {
    this.#patienceMs = patienceMs
    this.#connection = createConnection(settings as ConnectionOptions)
    this.#connection.on('error', (error) => {
      this.#loss ??= error
    })
  }

  /** Rows as plain objects. @throws the driver's error, {NoAnswerError} when none came in time */
  readonly query = (sql: string): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        this.close(`The server did not answer in ${this.#patienceMs / 1_000} s`)
      }, this.#patienceMs)
      const settle = (then: () => void): void => {
        clearTimeout(patience)
        this.#refusals.delete(refuse)
        then()
      }
      const refuse = (error: Error): void => settle(() => reject(error))
      this.#refusals.add(refuse)
      this.#connection.query({ sql, rowsAsArray: false }, (error, rows) => {
        if (error === null) settle(() => resolve(rows as readonly Row[]))
        else refuse(this.#loss ?? error)
      })
    })

  /** At once, whatever it is doing. */
  close(why = 'The connection was closed'): void {
    this.#connection.destroy()
    for (const refuse of this.#refusals) refuse(new NoAnswerError(why))
  }
}

/** Nothing has come, and nothing will. */
export class NoAnswerError extends Error {
  /** As drivers' errors have one. */
  readonly code = 'ETIMEDOUT'

  constructor(message: string) {
    super(message)
    this.name = 'NoAnswerError'
  }
}
