import { type AfterCommit, describeValue } from '@ormutex/core'
import type {
  AfterCommitHook,
  ConnectionManagerLike,
  SequelizeConnectionLike,
  SequelizeLike,
  SequelizeTransactionLike,
} from './sequelize-like.js'
import { SENT_ONCE } from './statements.js'

/**
 * Runs a managed transaction of Sequelize's own on a connection that is already pinned and stays so. Rejects with the very
 * error of `work` only when the rollback was answered. The application's `afterCommit` hooks are left to be run by the caller:
 * Sequelize would run them within `commit()`, when the locks are still held.
 */
export async function beginOn(
  sequelize: SequelizeLike,
  connection: SequelizeConnectionLike,
  work: (transaction: SequelizeTransactionLike) => Promise<unknown>,
  options: object,
): Promise<AfterCommit> {
  let isInDoubt = false
  const pinned: Pick<ConnectionManagerLike, 'getConnection' | 'releaseConnection' | 'destroyConnection'> = {
    getConnection: async () => connection,
    releaseConnection: () => {},
    destroyConnection: async () => {
      isInDoubt = true
    },
  }
  // The same instance with a pool of this one connection: all that a transaction takes from its Sequelize and not from its connection.
  const view = Object.create(sequelize, { connectionManager: { value: pinned } }) as SequelizeLike
  let runHooks: AfterCommit
  let rollbackError: unknown
  try {
    await view.transaction({ ...options, retry: SENT_ONCE }, (transaction) => {
      runHooks = takeHooks(transaction)
      const rollback = transaction.rollback.bind(transaction)
      transaction.rollback = () => rollback().catch((error: unknown) => Promise.reject((rollbackError = error)))
      return work(transaction)
    })
  } catch (error) {
    // Sequelize keeps it to itself when a rollback fails, but gives the connection up.
    throw isInDoubt && rollbackError !== undefined ? rollbackError : error
  }
  return runHooks!
}

/** Keeps the hooks that are added to a transaction from running by themselves, and returns what runs them. */
function takeHooks(transaction: SequelizeTransactionLike): AfterCommit {
  const hooks: AfterCommitHook[] = []
  transaction.afterCommit = (hook) => {
    if (typeof hook !== 'function') throw new TypeError(`afterCommit() needs a function, got ${describeValue(hook)}`)
    hooks.push(hook)
  }
  return async () => {
    for (const hook of hooks) await hook.call(transaction, transaction)
  }
}
