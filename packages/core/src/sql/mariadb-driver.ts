import type { Row, SqlDriver } from './sql-source.js'

/**
 * What ormutex needs of a connection of the mariadb connector in its promise form, which is what Sequelize holds. Structural,
 * so that no driver is a dependency and two copies of one still fit.
 */
export interface MariadbConnectionLike {
  /** The server's id of the connection, from the handshake; `null` before it. */
  readonly threadId: number | bigint | null
  /** Sends a statement. Rejects with the driver's error. */
  query(options: MariadbQuery): Promise<unknown>
  /** Asks the server for a sign of life. Rejects with the driver's error. */
  ping(): Promise<void>
  /** Closes the connection. */
  destroy(): void
  /** Listens to one of its events. */
  on(event: string, listener: (error?: unknown) => void): unknown
}

/** A statement with the options that keep its rows plain objects, whatever the application set for its own. */
export interface MariadbQuery {
  /** The statement. */
  readonly sql: string
  /** Rows are objects. */
  readonly rowsAsArray: false
  /** Columns of several tables stand side by side. */
  readonly nestTables: false
  /** Rows come without what describes them. */
  readonly metaAsArray: false
  /** Values are what the driver makes of them. */
  readonly typeCast: (column: unknown, next: () => unknown) => unknown
  /** Nothing in the statement is replaced. */
  readonly namedPlaceholders: false
}

/** See `MariadbQuery`. */
function plainRows(sql: string): MariadbQuery {
  return {
    sql,
    rowsAsArray: false,
    nestTables: false,
    metaAsArray: false,
    typeCast: asItIs,
    namedPlaceholders: false,
  }
}

function asItIs(_column: unknown, next: () => unknown): unknown {
  return next()
}

/** The connection's socket, as far as it is needed to close it. */
interface SocketLike {
  emit(event: 'error', error: Error): boolean
  listenerCount(event: 'error'): number
  destroy(): unknown
}

/** What emits a connection's events: the connection itself, or what the connector has behind its promise form (3.x). */
interface EmitterLike {
  on(event: string, listener: (error?: unknown) => void): unknown
  off(event: string, listener: (error?: unknown) => void): unknown
  readonly socket?: SocketLike | null
}

/** An emitter calls its listeners as methods of its own, and tells of each that is added with `newListener`. */
function emitterOf(connection: MariadbConnectionLike): EmitterLike {
  const emitters: EmitterLike[] = []
  const keep = function (this: EmitterLike): void {
    emitters.push(this)
  }
  connection.on('newListener', keep)
  connection.on('end', ignore)
  const emitter = emitters[0]!
  emitter.off('newListener', keep)
  emitter.off('end', ignore)
  return emitter
}

/**
 * Every sign of a connection's end: a fatal error, of the server's or of the socket's, is emitted as `error`, before the
 * statement that runs hears of it; what nobody listens to for errors comes as `end`.
 */
function onLost(connection: MariadbConnectionLike, listener: (cause: unknown) => void): () => void {
  const emitter = emitterOf(connection)
  let listening = true
  const stop = (): void => {
    listening = false
    emitter.off('error', lost)
    emitter.off('end', ended)
  }
  const lost = (cause: unknown): void => {
    if (!listening) return
    stop()
    // The connector emits `error` once more for the same end, and an `error` without a listener ends the process.
    emitter.on('error', ignore)
    listener(cause)
  }
  const ended = (): void => lost(new Error('The server closed the connection'))
  emitter.on('error', lost)
  emitter.on('end', ended)
  return stop
}

/**
 * The connector's own destroy() of a busy connection opens another one to KILL it. Where that does not get through, behind a
 * network that swallows packets, whoever waits for an answer goes on waiting (measured with 3.5.4: for ever). Told that its
 * socket has failed, the connector counts the connection as closed in the same breath and settles whatever is waiting on it.
 * What keeps its socket out of reach (2.x) is destroyed its own way.
 */
function sever(connection: MariadbConnectionLike): void {
  const emitter = emitterOf(connection)
  emitter.on('error', ignore)
  const { socket } = emitter
  if (socket === undefined || socket === null || socket.listenerCount('error') === 0) return connection.destroy()
  socket.emit('error', Object.assign(new Error('The connection was closed by ormutex'), { code: 'ECONNABORTED' }))
  socket.destroy()
}

function ignore(): void {}

/** The driver for connections of the mariadb connector's promise form. */
export const mariadbDriver: SqlDriver<MariadbConnectionLike> = {
  query: async (connection, sql) => (await connection.query(plainRows(sql))) as readonly Row[],
  ping: (connection) => connection.ping(),
  onLost,
  sever,
  threadIdOf: (connection) => (connection.threadId === null ? undefined : String(connection.threadId)),
}
