import { describeValue, type JoinOption, LockUnsupportedError } from '@ormutex/core'
import { currentTransaction, isOf } from './cls.js'
import type { SequelizeLike, SequelizeTransactionLike } from './sequelize-like.js'

/** Refuses what is no transaction of this instance. @throws {TypeError | LockUnsupportedError} */
export function acceptTransaction(sequelize: SequelizeLike, value: object): SequelizeTransactionLike {
  const transaction = value as Partial<SequelizeTransactionLike>
  if (typeof transaction.sequelize !== 'object' || typeof transaction.afterCommit !== 'function') {
    throw new TypeError(`transaction must be a transaction of Sequelize, got ${describeValue(value)}`)
  }
  if (!isOf(sequelize, transaction as SequelizeTransactionLike)) {
    throw new LockUnsupportedError(
      'This transaction was begun by another Sequelize instance, which may be connected to another server: use the named ' +
        'locks of that one',
    )
  }
  return transaction as SequelizeTransactionLike
}

/** How a call names the transaction that its lock is to join. */
export function joinTransaction(sequelize: SequelizeLike): JoinOption<SequelizeTransactionLike> {
  return {
    option: 'transaction',
    accept: (value) => acceptTransaction(sequelize, value),
    current: () => currentTransaction(sequelize),
    advice:
      'Pass the transaction that sequelize.transaction() or withNamedLock gave to its callback, or leave the option out for ' +
      'a transaction of its own',
  }
}
