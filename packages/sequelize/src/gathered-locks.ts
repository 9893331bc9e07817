import type { Names } from '@ormutex/core'
import type { SequelizeTransactionLike } from './sequelize-like.js'
import { rootOf } from './sequelize-source.js'

/** What hooks ask for in one turn of the event loop. */
interface Gathering {
  readonly names: Set<string>
  readonly taken: Promise<void>
}

/**
 * With `individualHooks` Sequelize runs the hooks of all instances side by side, in the order of the rows. Taken one by one
 * their locks could be waited for crosswise by two callers, so what is asked for on one transaction in the same turn of the
 * event loop is taken at once.
 */
export class GatheredLocks {
  readonly #take: (transaction: SequelizeTransactionLike, names: Names) => Promise<void>
  readonly #gatherings = new WeakMap<SequelizeTransactionLike, Gathering>()

  constructor(take: (transaction: SequelizeTransactionLike, names: Names) => Promise<void>) {
    this.#take = take
  }

  /** Resolves when the transaction has the locks. */
  take(transaction: SequelizeTransactionLike, names: Iterable<string>): Promise<void> {
    const gathering = this.#gatheringOf(transaction)
    for (const name of names) gathering.names.add(name)
    return gathering.taken
  }

  #gatheringOf(transaction: SequelizeTransactionLike): Gathering {
    const root = rootOf(transaction)
    const open = this.#gatherings.get(root)
    if (open !== undefined) return open
    const names = new Set<string>()
    const taken = new Promise((resolve) => setImmediate(resolve)).then(() => {
      this.#gatherings.delete(root)
      return this.#take(transaction, [...names])
    })
    const gathering = { names, taken }
    this.#gatherings.set(root, gathering)
    return gathering
  }
}
