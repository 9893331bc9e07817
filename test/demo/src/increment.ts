import type { LockingKnex } from '@ormutex/knex'
import type { Knex } from 'knex'
import { addOne } from './account.js'
import { now } from './clock.js'
import type { Operation } from './operation.js'

/** Whether the work is done under the lock. */
export type Way = 'with lock' | 'without lock'

// MariaDB from 11.6 on refuses the second of two such updates at REPEATABLE READ (innodb_snapshot_isolation), with an
// error that the application would have to handle. At this level, every server does what the demo is about.
const TRANSACTION: { isolationLevel: Knex.IsolationLevels } = { isolationLevel: 'read committed' }

/** Adds 1 to an account in a transaction of its own, and tells when it did what. */
export async function increment(db: LockingKnex<Knex>, way: Way, id: number): Promise<Operation> {
  const askedAt = now()
  const operation: Operation = { askedAt, enteredAt: askedAt, committedAt: 0, read: 0 }
  const work = async (trx: Knex.Transaction): Promise<void> => {
    // Not when the call below returns: by then the lock has been given back and somebody else may have entered.
    trx.executionPromise.then(
      () => (operation.committedAt = now()),
      () => {},
    )
    operation.read = await addOne(trx, id)
  }
  if (way === 'without lock') {
    await db.transaction(work, TRANSACTION)
  } else {
    await db.withNamedLock(
      `user:${id}`,
      (trx) => {
        operation.enteredAt = now()
        return work(trx)
      },
      TRANSACTION,
    )
  }
  return operation
}
