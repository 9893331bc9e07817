import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Connection } from './connection.js'
import type { Fault } from './faults.js'
import { Rules, type Rule, type RuleOptions } from './rules.js'
import type { CutOptions, Session } from './session.js'
import type { Statement } from './statement.js'

/** Options of `startFaultProxy()`. */
export interface FaultProxyOptions {
  /** The server behind the proxy. */
  readonly host: string
  /** Where that takes connections, 1 to 65535. */
  readonly port: number
  /**
   * Called when a connection had to be cut because the proxy cannot read it (TLS, compression) or because a promise
   * given to a fault rejected.
   * @default throws an uncaught exception
   */
  readonly onError?: (error: Error) => void
  /**
   * Whether `statements` is kept, which a long run has no memory for. Without it that stays empty.
   * @default true
   */
  readonly record?: boolean
}

/**
 * Listens on a free port of 127.0.0.1 in front of a MySQL or MariaDB server, which need not be there yet.
 *
 * @throws {Error} the system's, when it gives no port
 * @example
 * const proxy = await startFaultProxy({ host: server.host, port: server.port })
 * const rule = proxy.on(/^COMMIT/i, cutAfterForward())
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  // Half-open, because a client that has sent its last statement may still read the answer.
  const listener = createServer({ allowHalfOpen: true })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return new RunningFaultProxy(listener, options)
}

/** A proxy that applies faults to chosen statements on their way to a real server. */
export interface FaultProxy {
  /** Where clients reach it: `127.0.0.1`. */
  readonly host: string
  /** The free port that it has found. */
  readonly port: number
  /** Every statement that arrived since the start or the last `clear()`, oldest first. */
  readonly statements: readonly Statement[]
  /** Number of clients connected now. */
  readonly connections: number

  /** Forgets the statements seen so far; rules and connections stay. */
  clear(): void

  /** Applies `fault` to statements whose SQL matches; of several rules, the oldest that is not spent wins. */
  on(pattern: RegExp, fault: Fault, options?: RuleOptions): Rule

  /**
   * The session that has this connection id of the server's, if any is live: from the server's greeting until both of
   * its sockets are closed. A server that is started again begins its ids again: the newest one with the id it is.
   */
  session(id: string): Session | undefined

  /** Closes every connection on both sides at once. */
  cutAll(options?: CutOptions): void

  /** Holds back every byte, and every end of a connection, in both directions; also of new connections. */
  freeze(): void

  /** Delivers what was held back. */
  thaw(): void

  /** While `true`, new connections are accepted and closed at once. */
  refuse(refused: boolean): void

  /** Cuts every connection and stops listening; no socket and no timer stays behind. Never rejects. */
  close(): Promise<void>
}

class RunningFaultProxy implements FaultProxy {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly #listener: Server
  readonly #options: FaultProxyOptions
  readonly #rules = new Rules()
  readonly #connections = new Set<Connection>()
  #statements: Statement[] = []
  #connectionNumber = 0
  #isFrozen = false
  #isRefusing = false

  constructor(listener: Server, options: FaultProxyOptions) {
    this.#listener = listener
    this.#options = options
    this.port = (listener.address() as AddressInfo).port
    listener.on('connection', (client) => this.#accept(client))
  }

  get statements(): readonly Statement[] {
    return this.#statements
  }

  get connections(): number {
    return [...this.#connections].filter((connection) => connection.isLive).length
  }

  clear(): void {
    this.#statements = []
  }

  on(pattern: RegExp, fault: Fault, options: RuleOptions = {}): Rule {
    return this.#rules.add(pattern, fault, options)
  }

  session(id: string): Session | undefined {
    return [...this.#connections].findLast(({ isOpen, session }) => isOpen && session?.id === id)?.session
  }

  cutAll({ reset = false }: CutOptions = {}): void {
    for (const connection of this.#connections) connection.cut({ reset })
  }

  freeze(): void {
    this.#isFrozen = true
    for (const connection of this.#connections) connection.freeze('proxy')
  }

  thaw(): void {
    this.#isFrozen = false
    for (const connection of this.#connections) connection.thaw('proxy')
  }

  refuse(refused: boolean): void {
    this.#isRefusing = refused
  }

  async close(): Promise<void> {
    const stopped = once(this.#listener, 'close')
    this.#listener.close()
    this.cutAll()
    await Promise.all([stopped, ...[...this.#connections].map((connection) => connection.closed)])
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.destroy()
      return
    }
    const { host, port, record = true } = this.#options
    const server = connect({ host, port })
    const connection = new Connection(++this.#connectionNumber, client, server, {
      statement: (statement) => {
        if (record) this.#statements.push(statement)
        return this.#rules.match(statement)
      },
      error: (error) => this.#report(error),
    })
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
    if (this.#isFrozen) connection.freeze('proxy')
  }

  #report(error: Error): void {
    const { onError } = this.#options
    if (onError !== undefined) onError(error)
    // Not thrown here: the caller is in the middle of a socket's event.
    else
      queueMicrotask(() => {
        throw error
      })
  }
}
