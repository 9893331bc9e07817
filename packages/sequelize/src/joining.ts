import { describeValue, type JoinOption, LockFailedError, LockUnsupportedError } from '@ormutex/core'
import { currentTransaction, isOf } from './cls.js'
import type { SequelizeLike, SequelizeTransactionLike } from './sequelize-like.js'
import { JOIN_OPTION } from './sequelize-source.js'

/** Refuses what is no open transaction of this instance. @throws {TypeError | LockUnsupportedError | LockFailedError} */
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
  if (transaction.finished !== undefined) {
    throw new LockFailedError('The transaction has already been committed or rolled back')
  }
  return transaction as SequelizeTransactionLike
}

/** How a call names the transaction that its lock is to join. */
export function joinTransaction(sequelize: SequelizeLike): JoinOption<SequelizeTransactionLike> {
  return {
    option: JOIN_OPTION,
    accept: (value) => acceptTransaction(sequelize, value),
    current: () => {
      const current = currentTransaction(sequelize)
      return current && acceptTransaction(sequelize, current)
    },
    advice:
      'Pass the transaction that sequelize.transaction() or withNamedLock gave to its callback, or leave the option out: the ' +
      'CLS transaction is joined then, where there is one, else one of its own begins',
  }
}
