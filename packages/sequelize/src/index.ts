import {
  connectionAttributes,
  type LockCallback,
  LockEngine,
  type NamedLocks,
  type NamedLocksOptions,
  namedLockMethods,
  type Names,
} from '@ormutex/core'
import {
  callbackDriver,
  labelConnections,
  mariadbDriver,
  SqlBackend,
  type SqlDriver,
  TransactionEnds,
} from '@ormutex/core/sql'
import type { Sequelize, Transaction } from 'sequelize'
import { attach, type SequelizeEngine } from './attached.js'
import type { SequelizeCallOptions } from './call-options.js'
import { checkSequelize } from './check-sequelize.js'
import { runWithin } from './cls.js'
import { joinTransaction } from './joining.js'
import type { SequelizeConnectionLike, SequelizeLike, SequelizeTransactionLike } from './sequelize-like.js'
import { sequelizeSource } from './sequelize-source.js'
import { guardPool, watchTransactions } from './transaction-ends.js'

export * from '@ormutex/core'
export type { SequelizeCallOptions } from './call-options.js'
export { type ConditionHooks, type HookLockOptions, type HookSubject, type LockableHook, lockOn } from './lock-on.js'

/**
 * A Sequelize instance with the methods of ormutex.
 *
 * @typeParam S what it was before
 */
export type LockingSequelize<S extends Sequelize = Sequelize> = NamedLocks<Transaction, SequelizeCallOptions> & S

/**
 * Adds named locks to a Sequelize 6 instance on MySQL or MariaDB (dialects `mysql` and `mariadb`), and returns that same
 * instance.
 *
 * @param sequelize a Sequelize instance
 * @param options `namespace` (default: the current database), `secret`, `defaults`, `maxWaiters`, `handOverMs`,
 *   `allowNodeLocalLocks`, `label`; see {@link NamedLocksOptions}
 * @throws {LockUnsupportedError} (`LOCK_UNSUPPORTED`) for another dialect
 * @throws {TypeError | RangeError} for what is no Sequelize 6 instance, one that already has named locks, or wrong options
 * @example
 * const sequelize = namedLocks(new Sequelize(url), { namespace: 'shop' })
 * await sequelize.withNamedLock('user:42', async (transaction, lock) => {
 *   const account = await Account.findByPk(42, { transaction, rejectOnEmpty: true })
 *   await account.update({ balance: account.balance - 10 }, { transaction })
 * }, { timeoutMs: 5_000 })
 */
export function namedLocks<S extends Sequelize>(sequelize: S, options?: NamedLocksOptions): LockingSequelize<S> {
  const source = checkSequelize(sequelize)
  const driver = driverOf(source)
  const ends = new TransactionEnds(driver)
  const engine: SequelizeEngine = new LockEngine(
    new SqlBackend(sequelizeSource(source, driver, ends), options),
    options,
  )
  attach(source, engine)
  guardPool(source, ends)
  watchTransactions(source, ends)
  labelNewConnections(source, connectionAttributes(options))
  const close = source.close.bind(source)
  source.close = async () => {
    await engine.close()
    return close()
  }
  return Object.assign(sequelize, methodsOf(source, engine)) as unknown as LockingSequelize<S>
}

/** The driver behind Sequelize's dialect. */
function driverOf(sequelize: SequelizeLike): SqlDriver<SequelizeConnectionLike> {
  const driver = sequelize.getDialect() === 'mariadb' ? mariadbDriver : callbackDriver
  return { ...driver, driverErrorOf: (error) => (error as { readonly original?: unknown } | null)?.original ?? error }
}

function labelNewConnections(
  { connectionManager: { config } }: SequelizeLike,
  attributes: Readonly<Record<string, string>>,
): void {
  for (const server of config.replication ? [config.replication.write] : [config]) {
    server.dialectOptions ??= {}
    labelConnections(server.dialectOptions, attributes)
  }
}

/** The methods, with callbacks that find their transaction where CLS looks for it. */
function methodsOf(
  sequelize: SequelizeLike,
  engine: SequelizeEngine,
): NamedLocks<SequelizeTransactionLike, SequelizeCallOptions> {
  const methods = namedLockMethods(engine, joinTransaction(sequelize))
  type Callback<Name extends Names, T> = LockCallback<SequelizeTransactionLike, Name, T>
  const within = <Name extends Names, T>(callback: Callback<Name, T>): Callback<Name, T> => {
    // What is no function is for the core to refuse.
    if (typeof callback !== 'function') return callback
    return (transaction, lock) => runWithin(sequelize, transaction, () => callback(transaction, lock))
  }
  return {
    ...methods,
    withNamedLock: (name, callback, options) => methods.withNamedLock(name, within(callback), options),
    tryWithNamedLock: (name, callback, options) => methods.tryWithNamedLock(name, within(callback), options),
  }
}
