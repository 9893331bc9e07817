import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, createConnection, type QueryValues, type RowDataPacket } from 'mysql2/promise'

const RETRY_MS = 50

/** The coordinator's own connections, past the proxy, which come again when the server does. */
export class Line {
  readonly #url: string
  readonly #free: Connection[] = []
  #isClosed = false

  constructor(url: string) {
    this.#url = url
  }

  /** Waits for the server where it is down, for as long as that takes. */
  async query<Row = Record<string, unknown>>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    for (;;) {
      try {
        return await this.queryOnce<Row>(sql, values)
      } catch (error) {
        if (this.#isClosed || !isServerGone(error)) throw error
        await sleep(RETRY_MS)
      }
    }
  }

  /** Lends a connection for `work`, which ends with it: what the session holds does, too. Rejects when the server goes. */
  async withSession(work: (session: Connection) => Promise<void>): Promise<void> {
    const connection = await this.#connect()
    try {
      await work(connection)
    } finally {
      connection.destroy()
    }
  }

  /** Rejects when the server is down, or goes. */
  async queryOnce<Row>(sql: string, values: readonly unknown[]): Promise<Row[]> {
    const connection = this.#free.pop() ?? (await this.#connect())
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql, [...values] as QueryValues)
      this.#free.push(connection)
      return rows as Row[]
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  async #connect(): Promise<Connection> {
    const connection = await createConnection({ uri: this.#url, supportBigNumbers: true, bigNumberStrings: true })
    // What it is told by an event, the next query is told, too.
    connection.on('error', () => {})
    await connection.query('SET SESSION wait_timeout = 28800')
    return connection
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#free) connection.destroy()
  }
}

const SAID_WHEN_GOING = ['ECONNREFUSED', 'ER_SERVER_SHUTDOWN', 'ER_QUERY_INTERRUPTED', 'ER_CON_COUNT_ERROR']

/** No answer, or one that says that the server is going or is not there yet. */
export function isServerGone(error: unknown): boolean {
  const { code, fatal } = error as { readonly code?: string; readonly fatal?: boolean }
  return fatal === true || (code !== undefined && SAID_WHEN_GOING.includes(code))
}
