/**
 * What an error of a MySQL or MariaDB driver means, told by its shape: mysql2 and the mariadb connector both set `errno`
 * to the server's number and `fatal` when the connection is unusable. What an ORM makes of these errors is for
 * `SqlDriver.driverErrorOf` to undo.
 */
export interface DriverErrorLike {
  /** The server's number, where the error is the server's. */
  readonly errno?: unknown
  /** The driver's or the system's word for it: `ECONNRESET`. */
  readonly code?: unknown
  /** Whether the connection is unusable. */
  readonly fatal?: unknown
  /** What it says to people. */
  readonly message?: unknown
}

/** Errors with which a server ends a connection, not just a statement. */
const SERVER_ENDED_CONNECTION = new Set([
  1053, // ER_SERVER_SHUTDOWN
  1152, // ER_ABORTING_CONNECTION
  1927, // ER_CONNECTION_KILLED (MariaDB)
  3169, // ER_SESSION_WAS_KILLED (MySQL)
  4031, // ER_CLIENT_INTERACTION_TIMEOUT (MySQL >= 8.0.24: wait_timeout ran out)
])

/** Codes of drivers and of Node's sockets for a connection that is gone. */
const CONNECTION_GONE = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_ENQUEUE_AFTER_QUIT',
  'ECONNRESET',
  'ECONNABORTED',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** What drivers say to a statement that they did not send, since its connection was closed before. */
const NEVER_SENT = new Set([
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'PROTOCOL_ENQUEUE_AFTER_QUIT',
  'ER_CMD_CONNECTION_CLOSED', // the mariadb connector
])

/** ER_QUERY_INTERRUPTED: KILL QUERY, or the first sign of a KILL of the whole connection. */
const ER_QUERY_INTERRUPTED = 1317
/** ER_STATEMENT_TIMEOUT (MariaDB): max_statement_time ran out. */
const ER_STATEMENT_TIMEOUT = 1969

/**
 * Errors that end a statement and not its connection. The mariadb connector calls them fatal, as every error with SQL state
 * 70100: measured with 3.5.4, whose connection went on working after KILL QUERY.
 */
const ENDED_STATEMENT = new Set<unknown>([ER_QUERY_INTERRUPTED, ER_STATEMENT_TIMEOUT])

/** The mariadb connector numbers its own errors from 45000 up, above every server's. */
const CONNECTOR_ERRNOS = { first: 45_000, last: 45_999 } as const

/**
 * The server's error number, or `undefined` when the error did not come from the server.
 *
 * @param error what a driver rejected with
 */
export function serverErrno(error: unknown): number | undefined {
  const { errno, code } = asDriverError(error)
  // Socket errors have a negative errno of the operating system and a code that begins with E.
  if (typeof errno !== 'number' || errno < 1_000 || (typeof code === 'string' && CONNECTION_GONE.has(code))) return
  return errno >= CONNECTOR_ERRNOS.first && errno <= CONNECTOR_ERRNOS.last ? undefined : errno
}

/**
 * Whether the connection that reported an error is gone.
 *
 * @param error what a driver rejected with
 */
export function isConnectionGone(error: unknown): boolean {
  const { errno, code, fatal } = asDriverError(error)
  if (fatal === true && !ENDED_STATEMENT.has(errno)) return true
  if (typeof code === 'string' && CONNECTION_GONE.has(code)) return true
  return typeof errno === 'number' && SERVER_ENDED_CONNECTION.has(errno)
}

/** Whether a statement that failed so may have had its effect all the same: the connection went, or the answer was not waited for. */
export function isAnswerMissing(error: unknown): boolean {
  const errno = serverErrno(error)
  if (errno === ER_QUERY_INTERRUPTED) return true
  if (isConnectionGone(error)) return true
  return asDriverError(error).code === 'PROTOCOL_SEQUENCE_TIMEOUT'
}

/** Whether a driver refused to send a statement, since its connection was closed before. */
export function isNeverSent(error: unknown): boolean {
  const { code, message } = asDriverError(error)
  if (typeof code === 'string' && NEVER_SENT.has(code)) return true
  // mysql2 gives this one no code; Knex puts the statement in front of it.
  return typeof message === 'string' && message.endsWith("Can't add new command when connection is in closed state")
}

function asDriverError(error: unknown): DriverErrorLike {
  return typeof error === 'object' && error !== null ? error : {}
}
