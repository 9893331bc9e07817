import { type Clock, systemClock } from '../clock.js'
import { describeValue } from '../describe-value.js'
import type { JoinOption } from '../join-option.js'
import { LockEngine } from '../lock-engine.js'
import { type JoinedLocks, joinedLocks, type NamedLocks, namedLockMethods } from '../named-locks.js'
import { labelOf, type NamedLocksOptions } from '../options.js'
import { checkTransaction, MemoryBackend } from './memory-backend.js'
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
 * `memoryLocks<Tx>(…)` says it. `options` are those of the call that `transactionOptions` names, or of `locks.transaction`; `{}` for none.
 *
 * @typeParam Tx what callbacks get
 * @throws what `work` rejects with
 */
export type RunTransaction<Tx> = (
  work: <Given extends object>(transaction: Given) => Promise<Handed<Given>>,
  options: object,
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
   * Names of the options of a transaction that calls may have, as with the ORM: `['isolationLevel', 'readOnly']`. `transaction` gets them
   * as they are; all others are refused as misspelt.
   * @default none
   */
  readonly transactionOptions?: readonly string[]
  /**
   * How calls name the transaction that they join, where the ORM has an option for that: `{ option: 'transaction' }` with Sequelize,
   * `{ option: 'connection' }` with mysql2. `current` finds the one that is joined without the option, as with CLS.
   * @default none: by the methods of `joined` alone
   */
  readonly join?: Pick<JoinOption<NoInfer<Tx>>, 'option' | 'current'>
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
 * @typeParam TxOptions what calls take besides how they wait: the ORM's own
 */
export interface MemoryLocks<Tx, TxOptions extends object = object> extends NamedLocks<Tx, TxOptions> {
  /** Where the locks are: for ending a session from a test with `server.endSession(lock.sessionId)`. */
  readonly server: MemoryServer
  /**
   * Runs a transaction without a lock, which locks can join. Code that begins its transactions on the ORM gets those when the ORM's own
   * method is replaced by this one.
   * @param work gets the transaction; it is committed when this resolves, rolled back when it rejects
   * @param options handed to the `transaction` of `memoryLocks()` as they are
   * @throws what `work` rejects with; `LOCK_LOST` when a lock in it was lost
   */
  transaction<T>(work: (transaction: Tx) => Promise<T>, options?: object): Promise<T>
  /**
   * The locks of a transaction: they stay until it ends. For a test that sets up the methods that the ORM's transactions have.
   * @param transaction what `transaction` of `memoryLocks()` hands to its `work`, before it does or afterwards
   */
  joined(transaction: Tx): JoinedLocks<Tx>
}

/**
 * Named locks in this process alone, for the unit tests of an application: the same methods, the same order of events, the
 * same errors, and no database. They exclude nobody in another process.
 *
 * @param options `transaction`, `transactionOptions`, `join`, `server`, `clock`, and those of every `namedLocks()`
 * @throws {TypeError | RangeError} for wrong options
 * @example
 * const locks = memoryLocks({ transaction: (work) => work(fakeTransaction()) })
 * await chargeCustomer(locks, 42)
 */
export function memoryLocks<Tx extends object = object, TxOptions extends object = object>(
  options: MemoryLocksOptions<Tx> = {},
): MemoryLocks<Tx, TxOptions> {
  const {
    transaction = (work) => work<Tx>({} as Tx),
    transactionOptions = [],
    join,
    clock = systemClock,
    server = new MemoryServer(clock),
    ...settings
  } = options
  checkOwnOptions({ transaction, transactionOptions, join })
  const backend = new MemoryBackend<Tx>({
    server,
    label: labelOf(settings),
    run: transaction as Run<Tx>,
    transactionOptions,
    joinOption: join?.option,
  })
  const engine = new LockEngine<Tx, object>(backend, settings, clock)
  const further: Omit<MemoryLocks<Tx, TxOptions>, keyof NamedLocks<Tx, TxOptions>> = {
    server,
    transaction: (work, given) => backend.transaction(work, given),
    joined: (opened) => joinedLocks(engine, opened),
  }
  const unlisted = Object.entries(further).map(([name, value]) => [name, { value }])
  const methods = namedLockMethods(engine, join && joinBy<Tx>(join))
  return Object.defineProperties(methods, Object.fromEntries(unlisted)) as MemoryLocks<Tx, TxOptions>
}

function joinBy<Tx extends object>(join: Pick<JoinOption<Tx>, 'option' | 'current'>): JoinOption<Tx> {
  return {
    ...join,
    accept: (value) => {
      checkTransaction(join.option, value)
      return value as Tx
    },
    advice:
      'Pass what a callback of a lock or of transaction() was given, or leave the option out for a transaction of its own',
  }
}

interface OwnOptions {
  readonly transaction: unknown
  readonly transactionOptions: unknown
  readonly join: { readonly option?: unknown } | null | undefined
}

function checkOwnOptions({ transaction, transactionOptions, join }: OwnOptions): void {
  if (typeof transaction !== 'function') {
    throw new TypeError(`transaction must be a function that runs a transaction, got ${describeValue(transaction)}`)
  }
  if (!Array.isArray(transactionOptions) || transactionOptions.some((name) => typeof name !== 'string')) {
    throw new TypeError(`transactionOptions must be an array of names, got ${describeValue(transactionOptions)}`)
  }
  if (join !== undefined && typeof join?.option !== 'string') {
    throw new TypeError(`join must be an object such as { option: 'transaction' }, got ${describeValue(join)}`)
  }
}
