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

/** The connector's code for a statement that it did not send, since its connection was closed before. */
const NEVER_SENT = 'ER_CMD_CONNECTION_CLOSED'

/** The connector's number for a pool whose `acquireTimeout` ran out. */
const POOL_TIMEOUT = 45_028

/** Prisma's code for a transaction that it has ended, or could not begin in time. */
const TRANSACTION_API_ERROR = 'P2028'

/** What Prisma keeps of a driver's error. */
interface OriginalLike {
  readonly originalCode?: unknown
  readonly originalMessage?: unknown
  /** Why a pool could not connect. */
  readonly cause?: unknown
}

interface PrismaErrorLike {
  readonly code?: unknown
  readonly message?: unknown
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: OriginalLike } }
  readonly cause?: OriginalLike
}

function originalOf(error: unknown): OriginalLike | undefined {
  const { meta, cause } = (error ?? {}) as PrismaErrorLike
  return (meta?.driverAdapterError ?? { cause }).cause
}

/** The driver's error behind one of Prisma's; what is none of Prisma's is returned as it is. */
export function driverErrorOf(error: unknown): unknown {
  const original = originalOf(error)
  const errno = Number(original?.originalCode)
  if (Number.isInteger(errno)) {
    const facts = {
      errno,
      fatal: errno === SOCKET_CLOSED || errno === CONNECTION_CLOSED,
      ...(errno === CONNECTION_CLOSED && { code: NEVER_SENT }),
    }
    return new DriverError(String(original?.originalMessage), facts, error)
  }
  // Whatever was to be sent, it was not.
  if (isTransactionOver(error)) return new DriverError(messageOf(error), { code: NEVER_SENT, fatal: true }, error)
  return error
}

/** Whether Prisma has ended a transaction: rolled back, timed out, or begun before a disconnect. */
export function isTransactionOver(error: unknown): boolean {
  return (error as PrismaErrorLike | null)?.code === TRANSACTION_API_ERROR
}

/** Whether a transaction is from before a disconnect, and its pool closed. Prisma knows nothing of it any more, and has one code for all. */
export function isBeforeDisconnect(error: unknown): boolean {
  return isTransactionOver(error) && messageOf(error).includes('Transaction not found')
}

/** What Prisma says to an operation in a transaction that is over, for those that come between two of its statements. */
export function transactionOver(): Error {
  return Object.assign(new Error('Transaction already closed: nothing more can be sent in it'), {
    code: TRANSACTION_API_ERROR,
  })
}

/** Whether the pool gave no connection in time, and not because it cannot connect. */
export function isPoolTimeout(error: unknown): boolean {
  if (isTransactionOver(error)) return true
  const original = originalOf(error)
  if (original?.originalCode !== undefined)
    return Number(original.originalCode) === POOL_TIMEOUT && original.cause === undefined
  return (error as { readonly errno?: unknown } | null)?.errno === POOL_TIMEOUT
}

function messageOf(error: unknown): string {
  return String((error as PrismaErrorLike | null)?.message)
}
