import { createHash } from 'node:crypto'
import { getSystemErrorMap } from 'node:util'
import type { Attributes } from '@opentelemetry/api'
import type { AcquireMessage, HoldMessage, LockTimeoutError, TraceMessage } from '@ormutex/core'

/** Names of the semantic conventions, and those of ormutex's own. */
export const ATTR = {
  system: 'db.system.name',
  database: 'db.namespace',
  address: 'server.address',
  port: 'server.port',
  errorType: 'error.type',
  use: 'ormutex.lock.use',
  lockNamespace: 'ormutex.lock.namespace',
  names: 'ormutex.lock.names',
  keyHashes: 'ormutex.lock.key_hashes',
  token: 'ormutex.lock.token',
  sessionId: 'ormutex.session.id',
  handedOver: 'ormutex.handed_over',
  timeout: 'ormutex.acquire.timeout',
  acquireOutcome: 'ormutex.acquire.outcome',
  timeoutReason: 'ormutex.acquire.timeout_reason',
  holdOutcome: 'ormutex.hold.outcome',
} as const

/** What the semantic conventions call an error that is none of the known ones. */
const OTHER = '_OTHER'

/** Hexadecimal digits of a key's hash: of 64 bits, two keys among a million share one with a chance of 1 in 37 million. */
const HASH_DIGITS = 16

/**
 * What spans tell of a lock instead of its name: the first 16 hexadecimal digits of the SHA-256 of its key. Whoever can guess the name
 * can compute it, too, unless the source has a `secret`.
 *
 * @param key `Lock.key`, or what `listNamedLocks()` shows
 * @example
 * hashOfKey('user:42~gfbosbvfsgi6fzl3sijb7de3wkd3oz7q') // '04a6d92dce41938c'
 */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, HASH_DIGITS)
}

/** What is known of a call from its beginning. */
export function beginningOf(message: TraceMessage, recordNames: boolean): Attributes {
  return { [ATTR.use]: message.how, ...(recordNames ? { [ATTR.names]: [...message.names] } : {}) }
}

/** What a span is told at its end, when everything is known. */
export function endingOf(message: AcquireMessage | HoldMessage): Attributes {
  return {
    ...seriesOf(message),
    [ATTR.errorType]: errorTypeOf(message),
    [ATTR.keyHashes]: message.keys?.map(hashOfKey),
    [ATTR.sessionId]: message.sessionId,
    // A number of OpenTelemetry's is exact up to 2^53 only.
    [ATTR.token]: message.token?.toString(),
    // JSON, in which some exporters send it, has no infinite number.
    ...('timeoutMs' in message && message.timeoutMs !== Infinity ? { [ATTR.timeout]: message.timeoutMs / 1_000 } : {}),
  }
}

/** What tells one series of a metric from another: few values each, never a name nor a key. */
export function seriesOf(message: AcquireMessage | HoldMessage): Attributes {
  return given({
    [ATTR.system]: message.server?.system,
    [ATTR.database]: message.server?.database === '' ? undefined : message.server?.database,
    [ATTR.address]: message.server?.address,
    [ATTR.port]: message.server?.port,
    [ATTR.lockNamespace]: message.namespace,
    [ATTR.use]: message.how,
    [ATTR.handedOver]: message.handedOver,
    ['timeoutMs' in message ? ATTR.acquireOutcome : ATTR.holdOutcome]: message.outcome,
    [ATTR.errorType]: errorSeriesOf(message),
    [ATTR.timeoutReason]: message.outcome === 'timeout' ? (message.error as LockTimeoutError).reason : undefined,
  })
}

/** Some exporters make a value of undefined. */
function given(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

/** `LOCK_TIMEOUT`, a driver's code, or the error's class. A lock that is taken is no error. */
export function errorTypeOf({ error, code, outcome }: AcquireMessage | HoldMessage): string | undefined {
  if (error === undefined || outcome === 'taken') return undefined
  if (code !== undefined) return code
  const own: { readonly code?: unknown; readonly name?: unknown } | null = error
  if (typeof own?.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(own.code)) return own.code
  return typeof own?.name === 'string' && /^[A-Z]\w*$/.test(own.name) ? own.name : OTHER
}

/** Codes of Node: `ECONNRESET`. */
const SYSTEM_CODES: ReadonlySet<string> = new Set(Array.from(getSystemErrorMap().values(), ([code]) => code))

/** The same for metrics, one of few: what callbacks throw may have as many codes and names as there are things to lock. */
function errorSeriesOf(message: AcquireMessage | HoldMessage): string | undefined {
  const type = errorTypeOf(message)
  if (type === undefined || type === message.code) return type
  return SYSTEM_CODES.has(type) || /^ER_[A-Z0-9_]+$/.test(type) ? type : OTHER
}
