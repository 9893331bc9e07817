import { type Access, connect, readBalance, setBalance } from '../account.js'
import type { Application } from '../application.js'

/** Accounts with Knex. */
export function open(access: Access): Application {
  const db = connect(access)
  const config = { isolationLevel: 'read committed' as const }
  return {
    async transaction(lock, work, onCommit) {
      const run = (trx: Parameters<Parameters<typeof db.withNamedLock>[1]>[0]): Promise<void> => {
        // Not when the call below returns: by then the lock has been given back and somebody else may have entered.
        trx.executionPromise.then(onCommit, () => {})
        return work({
          readBalance: (id) => readBalance(trx, id),
          setBalance: (id, balance) => setBalance(trx, id, balance),
        })
      }
      if (lock === null) await db.transaction(run, config)
      else await db.withNamedLock(lock, run, config)
    },
    close: () => db.destroy(),
  }
}
