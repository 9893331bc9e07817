import { type Clock, systemClock } from '../clock.js'
import { LockEngine } from '../lock-engine.js'
import { type JoinedLocks, joinedLocks, type NamedLocks, namedLockMethods } from '../named-locks.js'
import { labelOf, type NamedLocksOptions } from '../options.js'
import { MemoryBackend } from './memory-backend.js'
import { MemoryServer } from './memory-server.js'
import type { Run } from './memory-session.js'

export { MemoryServer } from './memory-server.js'

declare const handed: unique symbol

/**
 * Stands for what `work` has resolved with, and for the transaction that it was handed. There for types alone.
 *
 * @typeParam Tx the transaction
 */
export interface Handed<Tx> {
  /** Never there. */
  readonly [handed]: Tx
}

/**
 * Runs a transaction of the application's: begins, calls `work`, commits when it resolves, rolls back and rejects when that rejects. What
 * callbacks get shows in what it hands to `work`, as long as it resolves with what `work` has resolved with; where it does not,
 * `memoryLocks<Tx>(…)` says it.
 *
 * @typeParam Tx what callbacks get
 * @throws what `work` rejects with
 */
export type RunTransaction<Tx> = (
  work: <Given extends object>(transaction: Given) => Promise<Handed<Given>>,
) => Promise<Handed<Tx> | void>

/**
 * Options of `memoryLocks()`, besides those of every `namedLocks()`.
 *
 * @typeParam Tx what callbacks get
 */
export interface MemoryLocksOptions<Tx> extends NamedLocksOptions {
  /**
   * Runs the application's transaction, or a fake of it: what it hands to `work` is what callbacks get. It has to be a new
   * object each time.
   * @default hands an empty object
   */
  readonly transaction?: RunTransaction<Tx>
  /**
   * Where the locks are. Sources that share one exclude each other.
   * @default one of its own
   */
  readonly server?: MemoryServer
  /**
   * What times are told by.
   * @default the real one
   */
  readonly clock?: Clock
}

/**
 * Named locks without a database. Its six methods alone can be listed: `Object.assign(orm, memoryLocks(…))` puts locks on an instance of an
 * ORM and leaves the `transaction` that it has.
 *
 * @typeParam Tx what callbacks get
 */
export interface MemoryLocks<Tx> extends NamedLocks<Tx> {
  /** Where the locks are: for ending a session from a test with `server.endSession(lock.sessionId)`. */
  readonly server: MemoryServer
  /**
   * Runs a transaction without a lock, which locks can join.
   * @throws what `work` rejects with; `LOCK_LOST` when a lock in it was lost
   */
  transaction<T>(work: (transaction: Tx) => Promise<T>): Promise<T>
  /** The locks of a transaction: they stay until it ends. */
  joined(transaction: Tx): JoinedLocks<Tx>
}

/**
 * Named locks in this process alone, for the unit tests of an application: the same methods, the same order of events, the
 * same errors, and no database. They exclude nobody in another process.
 *
 * @param options `transaction`, `server`, `clock`, and those of every `namedLocks()`
 * @throws {TypeError | RangeError} for wrong options
 * @example
 * const locks = memoryLocks({ transaction: (work) => work(fakeTransaction()) })
 * await chargeCustomer(locks, 42)
 */
export function memoryLocks<Tx extends object = object>(options: MemoryLocksOptions<Tx> = {}): MemoryLocks<Tx> {
  const {
    transaction = (work) => work<Tx>({} as Tx),
    clock = systemClock,
    server = new MemoryServer(clock),
    ...settings
  } = options
  const backend = new MemoryBackend<Tx>(server, labelOf(settings), transaction as Run<Tx>)
  const engine = new LockEngine<Tx, object>(backend, settings, clock)
  const further: Omit<MemoryLocks<Tx>, keyof NamedLocks<Tx>> = {
    server,
    transaction: (work) => backend.transaction(work),
    joined: (opened) => joinedLocks(engine, opened),
  }
  const unlisted = Object.entries(further).map(([name, value]) => [name, { value }])
  return Object.defineProperties(namedLockMethods(engine), Object.fromEntries(unlisted)) as MemoryLocks<Tx>
}
