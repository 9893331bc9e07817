import { PoolTimeoutError } from './backend.js'
import { LockFailedError, LockTimeoutError, OrmutexError } from './errors.js'
import { describeDuration, describeHolder, type Holder } from './holder.js'
import { GaveUpError } from './patience.js'

/** Not granted in time: somebody else has it. */
export function notGranted(title: string, timeoutMs: number, holder: Holder | null): LockTimeoutError {
  const what = timeoutMs > 0 ? `was not granted within ${describeDuration(timeoutMs)}` : 'is taken'
  const who = holder === null ? '' : `: ${describeHolder(holder)} has it`
  return new LockTimeoutError(`${title} ${what}${who}`, { reason: 'taken', holder })
}

/** Not even asked for: the pool had no connection to ask on. */
function noConnection(title: string, timeoutMs: number, poolSize: number, cause: unknown): LockTimeoutError {
  const size = poolSize === Infinity ? '' : ` of ${poolSize}`
  const time = timeoutMs > 0 ? `within ${describeDuration(timeoutMs)}` : 'in time'
  return new LockTimeoutError(`${title} was not asked for: the pool${size} gave no connection ${time}`, {
    reason: 'pool',
    holder: null,
    cause,
  })
}

/** What a caller is told when no session could be opened: its pool was slow, its signal was aborted, or there is no server. */
export function noOpening(title: string, timeoutMs: number, poolSize: number, error: unknown): unknown {
  if (error instanceof OrmutexError) return error
  if (error instanceof GaveUpError && error.why === 'abort') return error.reason
  if (error instanceof GaveUpError || error instanceof PoolTimeoutError)
    return noConnection(title, timeoutMs, poolSize, error.cause)
  return noSession(title, error)
}

/** Not asked for, or not answered: no session, or a broken one. */
export function noSession(title: string, cause: unknown): LockFailedError {
  return new LockFailedError(`${title} could not be asked for: no working connection`, { cause })
}
