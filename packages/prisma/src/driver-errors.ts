/** What an error of the connector was, as far as Prisma tells. */
class DriverError extends Error {
  readonly errno: number | undefined
  readonly code: string | undefined
  readonly fatal: boolean

  constructor(message: string, facts: { errno?: number; code?: string; fatal: boolean }, cause: unknown) {
    super(message, { cause })
    this.name = 'DriverError'
    this.errno = facts.errno
    this.code = facts.code
    this.fatal = facts.fatal
  }
}

/** The connector's numbers for a connection that is closed (its `lib/misc/errors.js`). */
const SOCKET_CLOSED = 45_009
const CONNECTION_CLOSED = 45_013

/** The connector's number for a pool whose `acquireTimeout` ran out. */
const POOL_TIMEOUT = 45_028

/** Prisma's code for a transaction that it has ended, or could not begin in time. */
const TRANSACTION_API_ERROR = 'P2028'

/** What Prisma keeps of a driver's error. */
interface AdapterErrorLike {
  readonly cause?: { readonly originalCode?: unknown; readonly originalMessage?: unknown }
}

/** The driver's error behind one of Prisma's; what is none of Prisma's is returned as it is. */
export function driverErrorOf(error: unknown): unknown {
  const { message, meta, cause } = (error ?? {}) as {
    readonly message?: unknown
    readonly meta?: { readonly driverAdapterError?: AdapterErrorLike }
    readonly cause?: AdapterErrorLike['cause']
  }
  const original = (meta?.driverAdapterError ?? { cause }).cause
  const errno = Number(original?.originalCode)
  if (Number.isInteger(errno)) {
    const facts = {
      errno,
      fatal: errno === SOCKET_CLOSED || errno === CONNECTION_CLOSED,
      ...(errno === CONNECTION_CLOSED && { code: 'ER_CMD_CONNECTION_CLOSED' }),
    }
    return new DriverError(String(original?.originalMessage), facts, error)
  }
  if (isTransactionOver(error))
    return new DriverError(String(message), { code: TRANSACTION_API_ERROR, fatal: true }, error)
  return error
}

/** Whether Prisma has ended a transaction: rolled back, timed out, or begun before a disconnect. */
export function isTransactionOver(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === TRANSACTION_API_ERROR
}

/** Whether the pool gave no connection in time. */
export function isPoolTimeout(error: unknown): boolean {
  const { errno, code } = (driverErrorOf(error) ?? {}) as { readonly errno?: unknown; readonly code?: unknown }
  return errno === POOL_TIMEOUT || code === TRANSACTION_API_ERROR
}
