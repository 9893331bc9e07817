import { systemClock } from '@ormutex/core'
import type { Row } from '@ormutex/core/sql'
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2'
import { usageError } from './cli-error.js'
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
   * Begins to connect: that it fails is told by what is asked first.
   * @param patienceMs how long an answer may take, connecting included; `Infinity` for no limit
   * @throws {CliError} for settings that the driver does not understand
   */
  constructor(settings: ConnectionSettings, patienceMs: number) {
    this.#patienceMs = patienceMs
    this.#connection = open(settings)
    this.#connection.on('error', (error) => {
      this.#loss ??= error
    })
  }

  /** The end of the login. @returns the connection id that the greeting had. @throws as `query` does */
  readonly greeting = (): Promise<string> =>
    this.#answer((settle) => {
      this.#connection.connect((error) => settle(error, String(this.#connection.threadId)))
    })

  /** Rows as plain objects. @throws the driver's error, {NoAnswerError} when none came in time */
  readonly query = (sql: string): Promise<readonly Row[]> =>
    this.#answer((settle) => {
      this.#connection.query({ sql, rowsAsArray: false }, (error, rows) => settle(error, rows as readonly Row[]))
    })

  /** At once, whatever it is doing, and without a word, as the end of a process would. */
  close(why = 'The connection was closed'): void {
    this.#connection.destroy()
    for (const refuse of this.#refusals) refuse(new NoAnswerError(why))
  }

  #answer<T>(ask: (settle: (error: Error | null, answer: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const patience = systemClock.after(this.#patienceMs, () => {
        this.close(`The server did not answer in ${this.#patienceMs / 1_000} s`)
      })
      const forget = (): void => {
        patience.stop()
        this.#refusals.delete(refuse)
      }
      const refuse = (error: Error): void => {
        forget()
        reject(error)
      }
      this.#refusals.add(refuse)
      ask((error, answer) => {
        if (error !== null) return refuse(this.#loss ?? error)
        forget()
        resolve(answer)
      })
    })
  }
}

function open(settings: ConnectionSettings): Connection {
  try {
    return createConnection(settings as ConnectionOptions)
  } catch (error) {
    if (error instanceof TypeError) throw usageError(error.message)
    throw error
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
