import { namedLocks, type NamedLocksOptions } from '@ormutex/knex'
import type { Client, ServerAddresses } from '../contender.js'
import { openKnex, increment, readCounter } from './knex-queries.js'
import { PATIENT } from './patient.js'

export async function open(
  { database }: ServerAddresses,
  poolSize: number,
  options?: NamedLocksOptions,
): Promise<Client> {
  const db = namedLocks(openKnex(database, poolSize), { ...PATIENT, ...options })
  return {
    acquire: (name) => db.acquireNamedLock(name),
    update: (name, section) =>
      db.withNamedLock(name, async (trx) => {
        section.entered()
        await increment(trx, name)
        section.left()
      }),
    read: (name) => readCounter(db, name),
    close: () => db.destroy(),
  }
}
