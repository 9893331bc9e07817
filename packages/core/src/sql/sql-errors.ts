/**
 * What an error of a MySQL or MariaDB driver means, told by its shape: mysql2 and the mariadb connector both set `errno`
 * to the server's number and `fatal` when the connection is unusable. ORMs hand these errors on or wrap them as `cause`,
 * `original` or `parent`.
 */
export interface DriverErrorLike {
  readonly errno?: unknown
  readonly code?: unknown
  readonly fatal?: unknown
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

/** ER_QUERY_INTERRUPTED: KILL QUERY, or the first sign of a KILL of the whole connection. */
const ER_QUERY_INTERRUPTED = 1317

/** The server's error number, or `undefined` when the error did not come from the server. */
export function serverErrno(error: unknown): number | undefined {
  const { errno, code } = asDriverError(error)
  // Socket errors have a negative errno of the operating system and a code that begins with E.
  return typeof errno === 'number' && errno >= 1_000 && !(typeof code === 'string' && CONNECTION_GONE.has(code))
    ? errno
    : undefined
}

/** Whether the connection that reported this error is gone. */
export function isConnectionGone(error: unknown): boolean {
  const { errno, code, fatal } = asDriverError(error)
  if (fatal === true) return true
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
  if (code === 'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR' || code === 'PROTOCOL_ENQUEUE_AFTER_QUIT') return true
  // mysql2 gives this one no code; Knex puts the statement in front of it.
  return typeof message === 'string' && message.endsWith("Can't add new command when connection is in closed state")
}

function asDriverError(error: unknown): DriverErrorLike {
  return typeof error === 'object' && error !== null ? error : {}
}
