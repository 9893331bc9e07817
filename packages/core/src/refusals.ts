import { type Backend, PoolTimeoutError } from './backend.js'
import { isInsideHeldLock } from './call-context.js'
import {
  LockDeadlockError,
  LockFailedError,
  LockLostError,
  LockReentryError,
  LockTimeoutError,
  OrmutexError,
} from './errors.js'
import { describeDuration, describeHolder, type Holder } from './holder.js'
import { GaveUpError } from './patience.js'
import { isOneLock, quoted } from './target.js'
import type { LockUse } from './trace-messages.js'

/** What was not granted, and who has it. */
export interface Refusal {
  readonly title: string
  readonly timeoutMs: number
  readonly holder: Holder | null
  /** What the holder uses it for, if that is this source itself. */
  readonly ownUse?: LockUse | undefined
}

/** Not granted in time: it is taken. */
export function notGranted({ title, timeoutMs, holder, ownUse }: Refusal): LockTimeoutError {
  const isOne = isOneLock(title)
  const what =
    timeoutMs > 0
      ? `${isOne ? 'was' : 'were'} not granted within ${describeDuration(timeoutMs)}`
      : isOne
        ? 'is taken'
        : 'are taken'
  const who = holder === null ? '' : `: ${describeTaker(holder, ownUse)}`
  return new LockTimeoutError(`${title} ${what}${who}`, { reason: 'taken', holder })
}

function describeTaker(holder: Holder, ownUse: LockUse | undefined): string {
  if (ownUse === undefined) return `${describeHolder(holder)} has it`
  // Whoever waits inside a callback for what that one holds is told so at once, see `reentry`; of other locks no callback tells.
  const advice =
    ownUse === 'session' ? '. If the caller itself acquired it before, that lock has to be released first' : ''
  return `this process has it itself, ${describeHolder(holder)}${advice}`
}

/** Where sessions come from. */
export type Pool = Pick<Backend<never, never>, 'maxSessions' | 'hasOpened'>

/** What a session was wanted for, and how long. */
export interface Wanted {
  readonly title: string
  readonly waitedMs: number
  readonly pool: Pool
  /** How to do without one: see `Joining.how`. */
  readonly howToJoin?: string
}

/** Not even asked for: the pool had no connection to ask on. */
function noConnection({ title, waitedMs, pool, howToJoin }: Wanted, cause: unknown): LockTimeoutError {
  const { maxSessions, hasOpened } = pool
  const size = maxSessions === undefined || maxSessions === Infinity ? '' : ` of ${maxSessions}`
  const advice = howToJoin === undefined ? '' : `: ask on its transaction, ${howToJoin}`
  const hint = isInsideHeldLock() ? `. The callback that asks for it occupies a connection itself${advice}` : ''
  const doubt =
    hasOpened === false
      ? '. It has given ormutex none so far: the server may be out of reach, or refuse the account'
      : ''
  const message = `${title} ${isOneLock(title) ? 'was' : 'were'} not asked for: the pool${size} gave no connection within ${describeDuration(waitedMs)}${hint}${doubt}`
  return new LockTimeoutError(message, { reason: 'pool', holder: null, cause })
}

/**
 * What a caller is told when no session could be opened: its pool was slow, its signal was aborted, or there is no server.
 * @param earlier what went wrong before, when it was tried more than once
 */
export function noOpening(wanted: Wanted, error: unknown, earlier?: unknown): unknown {
  if (error instanceof OrmutexError) return error
  if (error instanceof GaveUpError && error.why !== 'timeout') return abandoned(wanted.title, error)
  if (error instanceof GaveUpError || error instanceof PoolTimeoutError) {
    return noConnection(wanted, error.cause ?? earlier)
  }
  return noSession(wanted.title, error)
}

/** Given up although there was time left: the reason of the caller's signal as it is, or what was closed. */
export function abandoned(title: string, { why, reason }: GaveUpError): unknown {
  return why === 'abort' ? reason : about(title, reason)
}

/** Not asked for, or not answered: no session, or a broken one. */
export function noSession(title: string, cause: unknown): LockFailedError {
  return new LockFailedError(`${title} could not be asked for: no working connection${describeCode(cause)}`, { cause })
}

/** What a backend says about a lock, whose name it does not know. */
export function about(title: string, error: unknown): unknown {
  const Refusal =
    error instanceof LockDeadlockError
      ? LockDeadlockError
      : error instanceof LockFailedError
        ? LockFailedError
        : undefined
  if (Refusal === undefined) return error
  const { message, cause } = error as OrmutexError
  return new Refusal(
    `${title}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
    cause === undefined ? undefined : { cause },
  )
}

/** Held until the session was gone. @param titles of all that went with it */
export function lossOf(titles: readonly string[], cause: unknown): LockLostError {
  const verb = titles.length === 1 && isOneLock(titles[0]!) ? 'is' : 'are'
  return new LockLostError(`${titles.join(', ')} ${verb} lost: the session that held it is gone`, { cause })
}

/** A driver's code is a word of its own, never something that was given to it; its message may quote what was. */
function describeCode(error: unknown): string {
  const { code, original } = (error ?? {}) as { readonly code?: unknown; readonly original?: unknown }
  // Sequelize's errors keep the driver's.
  if (code === undefined && original !== undefined) return describeCode(original)
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? ` (${code})` : ''
}

/** Asked for by the very callback that holds it. */
export function reentry(name: string, howToJoin: string): LockReentryError {
  return new LockReentryError(
    `The lock ${quoted(name)} is held by the callback that asks for it and would wait for itself. ` +
      `Ask on the transaction that the callback was given, where a lock is re-entrant: ${howToJoin}`,
  )
}
