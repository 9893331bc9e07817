import assert from 'node:assert/strict'
import { startFaultProxy, type FaultProxy, type Session } from '@ormutex/testkit/fault-proxy'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { sharedServer, type TestServer } from './server.js'

/** What a test has on its hands: a server, a proxy in front of it, and clients of both. */
export class Stage {
  readonly proxy: FaultProxy
  /** What the proxy reported through `onError`. */
  readonly errors: Error[]
  /** Goes past the proxy, to see what the server really did. */
  readonly direct: Connection
  readonly #server: TestServer
  readonly #clients: Connection[] = []

  private constructor(server: TestServer, proxy: FaultProxy, direct: Connection, errors: Error[]) {
    this.#server = server
    this.proxy = proxy
    this.direct = direct
    this.errors = errors
  }

  static async set(kind: Parameters<typeof sharedServer>[0]): Promise<Stage> {
    const server = await sharedServer(kind)
    const errors: Error[] = []
    const proxy = await startFaultProxy({
      host: server.host,
      port: server.port,
      onError: (error) => errors.push(error),
    })
    const { host, port, user, password, database } = server
    const direct = await createConnection({ host, port, user, password, database })
    return new Stage(server, proxy, direct, errors)
  }

  /** A connection through the proxy. */
  connect(): Promise<Connection> {
    return this.connectTo(this.proxy)
  }

  async connectTo({ host, port }: FaultProxy): Promise<Connection> {
    const { user, password, database } = this.#server
    const client = await createConnection({ host, port, user, password, database, multipleStatements: true })
    // A cut that no query is waiting for is told here; unheard, it would end the process.
    client.on('error', () => {})
    this.#clients.push(client)
    return client
  }

  /** What the first column of the first row is. */
  async ask(sql: string): Promise<unknown> {
    return firstValue(await this.direct.query<RowDataPacket[]>(sql))
  }

  /** Whether the server still has the session of `client`. */
  async isServed({ threadId }: Connection): Promise<boolean> {
    return (await this.ask(`SELECT COUNT(*) FROM information_schema.processlist WHERE id = ${threadId}`)) !== 0
  }

  /** The proxy's hold on the session of `client`. */
  sessionOf({ threadId }: Connection): Session {
    const session = this.proxy.session(String(threadId))
    assert.ok(session, `no session ${threadId}`)
    return session
  }

  async strike(): Promise<void> {
    for (const client of [this.direct, ...this.#clients]) client.destroy()
    await this.proxy.close()
  }
}

export function firstValue([rows]: [RowDataPacket[], unknown]): unknown {
  return Object.values(rows[0] ?? {})[0]
}
