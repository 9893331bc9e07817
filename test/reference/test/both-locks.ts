import { deriveKey } from '@ormutex/knex'
import type { Locks } from './scene.js'

/** As the page on operating has it, of a `db` that is given. */
export function bothLocksOf(db: Locks): typeof db.withNamedLock {
  const withBothLocks: typeof db.withNamedLock = (name, callback, options) =>
    db.withNamedLock(
      name,
      (trx, lock) => {
        const old = [name].flat().map((each) => deriveKey('shop', each))
        const exact = { exactName: true, timeoutMs: options?.timeoutMs }
        return trx.withNamedLock(old, () => callback(trx, lock), exact)
      },
      options,
    )
  return withBothLocks
}
