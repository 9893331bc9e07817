import type { Row, SqlDriver } from './sql-source.js'

/**
 * What ormutex needs of a connection of mysql2 in its callback form, which is also what Knex and Sequelize hold. Structural,
 * so that no driver is a dependency and two copies of one still fit.
 */
export interface CallbackConnectionLike {
  /** What it was opened with, and what the application set for all statements on it. */
  readonly config?: (RowSettings & AddressSettings) | undefined
  /** The server's id of the connection, from the handshake; `null` before it. */
  readonly threadId: number | null
  /** Its socket. */
  readonly stream: {
    /** Listens for its end. */
    on(event: 'close', listener: () => void): unknown
    /** Listens no more. */
    off(event: 'close', listener: () => void): unknown
    /** Closes it at once. */
    destroy(error: Error): unknown
  }
  /** Sends a statement. */
  query(options: CallbackQuery | string, callback: (error: unknown, rows: unknown) => void): unknown
  /** Asks the server for a sign of life. */
  ping(callback: (error: unknown) => void): unknown
  /** Closes the connection without a word to the server. */
  destroy(): void
  /** Listens to one of its events. */
  on(event: string, listener: (error?: unknown) => void): unknown
  /** Listens no more. */
  off(event: string, listener: (error?: unknown) => void): unknown
}

/** A statement with the options that keep its rows plain objects, whatever the application set for its own. */
export interface CallbackQuery {
  /** The statement. */
  readonly sql: string
  /** Rows are objects. */
  readonly rowsAsArray: false
  /** Columns of several tables stand side by side. */
  readonly nestTables: false
  /** A function, since mysql2 lets one of the application's win over anything else. */
  readonly typeCast: (field: unknown, next: () => unknown) => unknown
  /** Nothing in the statement is replaced. */
  readonly namedPlaceholders: false
}

/** Settings that change what rows look like. */
interface RowSettings {
  readonly rowsAsArray?: unknown
  readonly nestTables?: unknown
  readonly typeCast?: unknown
  readonly namedPlaceholders?: unknown
}

/** Settings that say where it leads to. */
interface AddressSettings {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly socketPath?: string | undefined
}

/**
 * Whether rows on a connection are plain objects without being asked for: then a statement needs no options, which cost more than it.
 *
 * @param connection what it was opened with tells
 */
export function hasPlainRows({ config }: CallbackConnectionLike): boolean {
  return (
    config !== undefined &&
    config.typeCast === true &&
    !config.rowsAsArray &&
    !config.nestTables &&
    !config.namedPlaceholders
  )
}

/**
 * A statement with the options that keep its rows plain objects: see {@link CallbackQuery}.
 *
 * @param sql the statement
 */
export function plainRows(sql: string): CallbackQuery {
  return { sql, rowsAsArray: false, nestTables: false, typeCast: asItIs, namedPlaceholders: false }
}

function asItIs(_field: unknown, next: () => unknown): unknown {
  return next()
}

/**
 * Every sign of a connection's end. A reset connection with a statement running reports it only to the statement, one that
 * the server closed emits `end`, one that was idle `error`; the socket's `close` comes in all cases, but not always at once.
 */
function onLost(connection: CallbackConnectionLike, listener: (cause: unknown) => void): () => void {
  const { stream } = connection
  let listening = true
  const stop = (): void => {
    listening = false
    connection.off('error', lost)
    connection.off('end', ended)
    stream.off('close', closed)
  }
  const lost = (cause: unknown): void => {
    if (!listening) return
    stop()
    // mysql2 emits `error` once more for the same end, and an `error` without a listener ends the process.
    connection.on('error', ignore)
    listener(cause)
  }
  const closed = (): void => lost(connectionLost())
  // The driver's own error, which says more, comes with `close`: in the closing phase of this turn of the event loop.
  const ended = (): void => void setImmediate(() => setImmediate(closed))
  connection.on('error', lost)
  connection.on('end', ended)
  stream.on('close', closed)
  return stop
}

/** What mysql2 says when nobody has asked it anything. */
function connectionLost(): Error {
  return Object.assign(new Error('The server closed the connection'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
}

/**
 * mysql2's destroy() takes the connection out of its pool but tells nobody who waits for an answer; the socket's own error
 * does. The ping keeps that error with the commands in the queue: with none of them there mysql2 would emit it on the
 * connection, and Knex would log a connection error for every wait that is given up.
 */
function sever(connection: CallbackConnectionLike): void {
  // Where the connection was closed already nobody takes the ping, and the error is emitted: the pool may have had its one before.
  connection.on('error', ignore)
  connection.ping(ignore)
  connection.destroy()
  connection.stream.destroy(Object.assign(new Error('The connection was closed by ormutex'), { code: 'ECONNABORTED' }))
}

function ignore(): void {}

/** The driver for connections of mysql2's callback form, which is also what Knex and Sequelize hold. */
export const callbackDriver: SqlDriver<CallbackConnectionLike> = {
  query: (connection, sql) =>
    new Promise((resolve, reject) => {
      connection.query(hasPlainRows(connection) ? sql : plainRows(sql), (error, rows) => {
        if (error) reject(error)
        else resolve(rows as readonly Row[])
      })
    }),
  ping: (connection) =>
    new Promise((resolve, reject) => {
      connection.ping((error) => (error ? reject(error) : resolve()))
    }),
  onLost,
  sever,
  threadIdOf: (connection) => (connection.threadId === null ? undefined : String(connection.threadId)),
  addressOf: ({ config: { host, port, socketPath } = {} }) =>
    socketPath ? { address: socketPath } : host ? { address: host, port } : undefined,
}
