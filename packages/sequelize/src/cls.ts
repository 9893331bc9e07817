import type { ClsNamespaceLike, SequelizeLike, SequelizeTransactionLike } from './sequelize-like.js'

/** The namespace that `Sequelize.useCLS` was given, if any: one for all instances of the class. */
function namespaceOf(sequelize: SequelizeLike): ClsNamespaceLike | undefined {
  return sequelize.constructor._cls
}

/** Whether a transaction was begun by this instance, and not by another one that shares the CLS namespace. */
export function isOf(sequelize: SequelizeLike, transaction: SequelizeTransactionLike): boolean {
  return transaction.sequelize.queryInterface === sequelize.queryInterface
}

/** The transaction that queries join here without being told, with CLS. */
export function currentTransaction(sequelize: SequelizeLike): SequelizeTransactionLike | undefined {
  const current = namespaceOf(sequelize)?.get('transaction') as SequelizeTransactionLike | null | undefined
  return current && isOf(sequelize, current) ? current : undefined
}

/**
 * Runs a callback such that its queries join a transaction without being told, where CLS is used. Always in a context of its
 * own: Sequelize takes an ended transaction out of the one that it began it in, and what then still runs in the callback would
 * commit on its own, without transaction and lock, instead of failing.
 */
export function runWithin<T>(sequelize: SequelizeLike, transaction: SequelizeTransactionLike, callback: () => T): T {
  const namespace = namespaceOf(sequelize)
  if (namespace === undefined) return callback()
  let result: T
  namespace.run(() => {
    namespace.set('transaction', transaction)
    result = callback()
  })
  return result!
}
