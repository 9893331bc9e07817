import { type AfterCommit, describeValue } from '@ormutex/core'
import type {
  AfterCommitHook,
  ConnectionManagerLike,
  SequelizeConnectionLike,
  SequelizeLike,
  SequelizeTransactionLike,
} from './sequelize-like.js'
import { SENT_ONCE } from './statements.js'

/** A Sequelize instance with a pool of one connection. */
interface PinnedView {
  readonly view: SequelizeLike
  /** Whether Sequelize gave the connection up. */
  isInDoubt: boolean
}

/** Made once for each connection: what inherits from an instance is costly to make. */
const views = new WeakMap<SequelizeConnectionLike, PinnedView>()

/**
 * The same instance with a pool of this one connection: all that a transaction takes from its Sequelize and not from its connection.
 * Other transactions that are begun on it are none of this connection.
 */
function viewFor(sequelize: SequelizeLike, connection: SequelizeConnectionLike): PinnedView {
  let pinned = views.get(connection)
  if (pinned === undefined) {
    const connectionManager: Pick<ConnectionManagerLike, 'getConnection' | 'releaseConnection' | 'destroyConnection'> =
      {
        getConnection: async () => connection,
        releaseConnection: () => {},
        destroyConnection: async () => {
          made.isInDoubt = true
        },
      }
    const view = Object.create(sequelize, {
      connectionManager: { value: connectionManager },
      transaction: { value: sequelize.transaction.bind(sequelize) },
    }) as SequelizeLike
    const made: PinnedView = { view, isInDoubt: false }
    pinned = made
    views.set(connection, pinned)
  }
  pinned.isInDoubt = false
  return pinned
}

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
  const pinned = viewFor(sequelize, connection)
  let runHooks: AfterCommit
  let endings: readonly Promise<void>[] = []
  try {
    await sequelize.transaction.call(pinned.view, { ...options, retry: SENT_ONCE }, (transaction) => {
      runHooks = takeHooks(transaction)
      endings = watchEndings(transaction)
      return work(transaction)
    })
  } catch (error) {
    const failed = (await Promise.allSettled(endings)).find((ending) => ending.status === 'rejected')
    // Sequelize keeps it to itself when a rollback fails, but gives the connection up.
    throw pinned.isInDoubt && failed !== undefined ? failed.reason : error
  }
  await Promise.allSettled(endings)
  return runHooks!
}

/**
 * Every commit and rollback of a transaction, as they are called: Sequelize rolls back by itself after a row deadlock, and
 * whoever began the transaction need not wait for that. Its connection serves nobody else before all of them are through.
 */
function watchEndings(transaction: SequelizeTransactionLike): readonly Promise<void>[] {
  const endings: Promise<void>[] = []
  for (const how of ['commit', 'rollback'] as const) {
    const end = transaction[how].bind(transaction)
    transaction[how] = () => {
      const ending = end()
      endings.push(ending)
      return ending
    }
  }
  return endings
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
