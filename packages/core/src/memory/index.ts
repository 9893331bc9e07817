import { type Clock, systemClock } from '../clock.js'
import { LockEngine } from '../lock-engine.js'
import { type JoinedLocks, joinedLocks, type NamedLocks, namedLockMethods } from '../named-locks.js'
import { labelOf, type NamedLocksOptions } from '../options.js'
import { MemoryBackend } from './memory-backend.js'
import { MemoryServer } from './memory-server.js'
import type { RunTransaction } from './memory-session.js'

export { MemoryServer } from './memory-server.js'
export type { RunTransaction } from './memory-session.js'

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
 * Named locks without a database.
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
    transaction = (work) => work({} as Tx),
    clock = systemClock,
    server = new MemoryServer(clock),
    ...settings
  } = options
  const backend = new MemoryBackend<Tx>(server, labelOf(settings), transaction)
  const engine = new LockEngine<Tx, object>(backend, settings, clock)
  return {
    ...namedLockMethods(engine),
    server,
    transaction: (work) => backend.transaction(work),
    joined: (opened) => joinedLocks(engine, opened),
  }
}
