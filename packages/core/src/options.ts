import { hostname } from 'node:os'
import { describeValue } from './describe-value.js'
import { checkLabel, MAX_LABEL_LENGTH } from './label.js'
import { checkNamespace, checkSecret } from './names.js'

/** Options of a call that waits for a lock. `defaults` of `namedLocks()` changes the defaults of all of them but `signal`. */
export interface WaitOptions {
  /**
   * Longest wait in milliseconds, from the call to the grant: the queue in this process and the wait for a pooled connection count. 0 or
   * more, honoured to within 50 ms; `Infinity` waits for ever. Past it: `LOCK_TIMEOUT`. 0 asks once and never waits for the lock; for a
   * connection to ask on it waits as long as the pool's own limit, where that has none (mysql2) 15000, or the `timeoutMs` of `defaults` if that is more.
   * @default 10000; of the `try…` calls 0, whatever the source's default is
   */
  readonly timeoutMs?: number | undefined
  /**
   * Gives up the wait: the call rejects with `signal.reason` within 50 ms, and nothing is granted later. After the grant it does nothing.
   * @default none
   */
  readonly signal?: AbortSignal | undefined
  /**
   * Longest hold in milliseconds, more than 0. Past it `lock.signal` aborts, the transaction is rolled back and the call rejects with
   * `HOLD_TIMEOUT`. Once COMMIT has been sent, its answer is awaited.
   * @default none: `Infinity`
   */
  readonly holdTimeoutMs?: number | undefined
  /**
   * How long the session may sit idle, in milliseconds, before it is asked for a sign of life; 0 turns that off. Where no transaction is
   * under the lock, a server that was made read-only meanwhile counts as a session that is gone: the lock may be had on another one.
   * @default 30000
   */
  readonly keepAliveMs?: number | undefined
  /**
   * Longest time in milliseconds for which a holder that was cut off without a TCP reset keeps the lock: whole seconds, 1000 to
   * 31536000000 (a year, the server's limit). Costs two statements, one before the lock is asked for and one after it is released
   * (`SET SESSION wait_timeout`).
   * @default none: the server's `wait_timeout`, 8 hours where nobody changed it
   */
  readonly orphanTimeoutMs?: number | undefined
  /**
   * Takes the name itself as the key, unhashed, to share a lock with another program: 1 to 64 characters of `[a-z0-9:._~-]`, anything else
   * is a `TypeError`.
   * @default false
   */
  readonly exactName?: boolean | undefined
}

/** Options of `namedLocks()`. */
export interface NamedLocksOptions {
  /**
   * Keeps two applications on one server apart: any well-formed string without NUL. Processes that are to exclude each other have the same.
   * Given but undefined, it is refused, as `secret` is.
   * @default the current database of the first connection that is used, asked for once
   */
  readonly namespace?: string
  /**
   * Makes keys unguessable for other accounts of the server: they become HMACs under this secret, which never leaves the process. Every
   * process has to have the same. Given but undefined, it is refused: a variable of the environment that is missing must not go unnoticed.
   * @default none: keys show the beginning of the name
   */
  readonly secret?: string | Uint8Array
  /**
   * Defaults for every call: see {@link WaitOptions}. `signal` makes no sense here and is refused.
   * @default those of ormutex
   */
  readonly defaults?: Omit<WaitOptions, 'signal'> | undefined
  /**
   * How many connections of the pool may sit waiting for locks at once, 1 or more: one for each name, however many callers of this process
   * wait for it. Who waits for further names stands in line for these places, which costs no connection.
   * @default half of the pool, at least 1; where its size is not known: 1
   */
  readonly maxWaiters?: number | undefined
  /**
   * How long this process may hand a lock from one of its own callers to the next, in milliseconds, 0 to 60000: no statement is needed for
   * that, so many callers of one process get on much faster. Then the lock is released, and other processes have their turn, first come
   * first served; also after 127 callers. 0 turns it off.
   * @default 50
   */
  readonly handOverMs?: number | undefined
  /**
   * Takes locks on a node of a Galera cluster of several, on one of several primaries of a replication group, or on a server that takes
   * writes and is set up for a group but is not in it. There a lock excludes only those who take it on the same node: `true` says that
   * every process that takes locks is sent to the same one, at all times. Else such a server is refused with `LOCK_UNSUPPORTED`. A node
   * that is cut off from its cluster, and a server that is read-only, is refused in any case. Without a meaning for locks in memory.
   * @default false
   */
  readonly allowNodeLocalLocks?: boolean | undefined
  /**
   * What other processes see as the holder, 1 to 64 characters that can be printed: on MySQL, to accounts that may read
   * performance_schema; MariaDB shows it only where that is turned on.
   * @default `hostname:pid`
   */
  readonly label?: string | undefined
}

/** The options of one call, checked, with every default filled in. */
export interface CheckedWait {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly holdTimeoutMs: number
  readonly keepAliveMs: number
  readonly orphanTimeoutMs: number | undefined
  readonly exactName: boolean
}

/** The options of `namedLocks()`, checked. */
export interface CheckedSettings {
  readonly namespace: string | undefined
  readonly secret: string | Uint8Array | undefined
  readonly defaults: Omit<WaitOptions, 'signal'>
  /** `undefined` for half of the pool. */
  readonly maxWaiters: number | undefined
  readonly handOverMs: number
  readonly label: string
}

/** Longest `wait_timeout` that MySQL and MariaDB take: 31 536 000 s, one year. */
const LONGEST_ORPHAN_TIMEOUT_MS = 31_536_000_000

/** `handOverMs`, where nothing is said. */
const DEFAULT_HAND_OVER_MS = 50

/** Longest `handOverMs`: a minute, in which nobody else has a turn. */
const LONGEST_HAND_OVER_MS = 60_000

const WAIT_OPTIONS = ['timeoutMs', 'signal', 'holdTimeoutMs', 'keepAliveMs', 'orphanTimeoutMs', 'exactName']
const SETTINGS = ['namespace', 'secret', 'defaults', 'maxWaiters', 'handOverMs', 'allowNodeLocalLocks', 'label']

/** Checks the options of one call and fills in the defaults of the source, then those of ormutex. */
export function checkWait(
  options: WaitOptions | undefined,
  defaults: Omit<WaitOptions, 'signal'>,
  defaultTimeoutMs: number,
  furtherOptions: readonly string[],
): CheckedWait {
  // 0 is the default of calls that never wait unless they are told to themselves.
  const sourceTimeoutMs = defaultTimeoutMs === 0 ? undefined : defaults.timeoutMs
  checkObject(options, 'options')
  checkKnown(options, [...WAIT_OPTIONS, ...furtherOptions], 'option')
  return {
    timeoutMs: checkMs('timeoutMs', firstGiven(options?.timeoutMs, sourceTimeoutMs, defaultTimeoutMs), { least: 0 }),
    signal: checkSignal(options?.signal),
    holdTimeoutMs: checkMs('holdTimeoutMs', firstGiven(options?.holdTimeoutMs, defaults.holdTimeoutMs, Infinity), {
      above: 0,
    }),
    keepAliveMs: checkMs('keepAliveMs', firstGiven(options?.keepAliveMs, defaults.keepAliveMs, 30_000), { least: 0 }),
    orphanTimeoutMs: checkOrphanTimeout(firstGiven(options?.orphanTimeoutMs, defaults.orphanTimeoutMs)),
    exactName: checkBoolean('exactName', firstGiven(options?.exactName, defaults.exactName, false)),
  }
}

/** Checks the options of `namedLocks()`. */
export function checkSettings(options: NamedLocksOptions | undefined): CheckedSettings {
  checkObject(options, 'options')
  checkKnown(options, SETTINGS, 'option')
  checkIsSet(options, 'secret', 'have none')
  if (options?.secret !== undefined) checkSecret(options.secret)
  const defaults = options?.defaults ?? {}
  checkObject(defaults, 'defaults')
  checkKnown(
    defaults,
    WAIT_OPTIONS.filter((name) => name !== 'signal'),
    'default',
  )
  checkWait(defaults, {}, 0, [])
  if (options?.allowNodeLocalLocks !== undefined) checkBoolean('allowNodeLocalLocks', options.allowNodeLocalLocks)
  return {
    namespace: namespaceOption(options),
    secret: options?.secret,
    defaults,
    maxWaiters: checkMaxWaiters(options?.maxWaiters),
    handOverMs: checkHandOver(firstGiven(options?.handOverMs, DEFAULT_HAND_OVER_MS)),
    label: labelOf(options),
  }
}

/** The namespace that was given, if one was. */
export function namespaceOption(options?: Pick<NamedLocksOptions, 'namespace'>): string | undefined {
  checkIsSet(options, 'namespace', "use the name of the connection's database")
  if (options?.namespace !== undefined) checkNamespace(options.namespace)
  return options?.namespace
}

/** Given but undefined is an environment variable that is missing: without it, this process would lock other keys than the rest. */
function checkIsSet(options: NamedLocksOptions | undefined, name: 'namespace' | 'secret', without: string): void {
  if (options === undefined || !Object.hasOwn(options, name) || options[name] !== undefined) return
  throw new TypeError(
    `${name} is given as undefined: is the environment variable not set? Leave the option out to ${without}`,
  )
}

/** What other processes see as the holder: the label that was given, or `hostname:pid`. */
export function labelOf(options?: Pick<NamedLocksOptions, 'label'>): string {
  return checkLabel(firstGiven(options?.label, `${hostname()}:${process.pid}`.slice(-MAX_LABEL_LENGTH)))
}

/** Refuses a callback that is none. */
export function checkCallback(callback: unknown): void {
  if (typeof callback !== 'function') {
    throw new TypeError(
      `The second argument must be the callback to run under the lock, got ${describeValue(callback)}`,
    )
  }
}

/** Not `??`: null is a mistake to be told of, not an option left out. */
function firstGiven(...values: readonly unknown[]): unknown {
  return values.find((value) => value !== undefined)
}

function checkObject(value: unknown, what: string): void {
  if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    throw new TypeError(`${what} must be an object, got ${describeValue(value)}`)
  }
}

function checkKnown(options: object | undefined, known: readonly string[], what: string): void {
  for (const name of Object.keys(options ?? {})) {
    if (!known.includes(name))
      throw new TypeError(`Unknown ${what} ${JSON.stringify(name)}; expected one of ${known.join(', ')}`)
  }
}

function checkMs(name: string, value: unknown, range: { least: number } | { above: number }): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`${name} must be a number of milliseconds, got ${describeValue(value)}`)
  }
  const fits = 'least' in range ? value >= range.least : value > range.above
  if (!fits) {
    const expected = 'least' in range ? `${range.least} or more` : `more than ${range.above}`
    throw new RangeError(`${name} must be ${expected} milliseconds, got ${value}`)
  }
  return value
}

function checkHandOver(value: unknown): number {
  const ms = checkMs('handOverMs', value, { least: 0 })
  if (ms > LONGEST_HAND_OVER_MS) {
    throw new RangeError(
      `handOverMs must be ${LONGEST_HAND_OVER_MS} milliseconds or less, got ${ms}: meanwhile other processes wait`,
    )
  }
  return ms
}

function checkOrphanTimeout(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const ms = checkMs('orphanTimeoutMs', value, { least: 1_000 })
  if (ms % 1_000 !== 0 || ms > LONGEST_ORPHAN_TIMEOUT_MS) {
    throw new RangeError(
      `orphanTimeoutMs must be whole seconds, from 1000 to ${LONGEST_ORPHAN_TIMEOUT_MS} milliseconds, got ${ms}`,
    )
  }
  return ms
}

function checkSignal(value: AbortSignal | undefined | null): AbortSignal | undefined {
  if (value === undefined) return undefined
  // By shape: a polyfilled or another realm's AbortSignal is as good as ours.
  const shape: Partial<AbortSignal> | null = value
  if (typeof shape?.aborted !== 'boolean' || typeof shape.addEventListener !== 'function') {
    throw new TypeError(`signal must be an AbortSignal, got ${describeValue(value)}`)
  }
  return value as AbortSignal
}

/** Refuses what is neither true nor false. */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, got ${describeValue(value)}`)
  return value
}

function checkMaxWaiters(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`maxWaiters must be a whole number, got ${describeValue(value)}`)
  }
  if (value < 1 || (value !== Infinity && !Number.isInteger(value))) {
    throw new RangeError(`maxWaiters must be a whole number of 1 or more, got ${value}`)
  }
  return value
}
