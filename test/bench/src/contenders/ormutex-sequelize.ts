import { namedLocks, type NamedLocksOptions } from '@ormutex/sequelize'
import type { Client, ServerAddresses } from '../contender.js'
import { PATIENT } from './patient.js'
import { defineCounters, increment, openSequelize, readCounter } from './sequelize-queries.js'

export async function open(
  { database }: ServerAddresses,
  poolSize: number,
  options?: NamedLocksOptions,
): Promise<Client> {
  const sequelize = namedLocks(openSequelize(database, poolSize), { ...PATIENT, ...options })
  const counters = defineCounters(sequelize)
  return {
    acquire: (name) => sequelize.acquireNamedLock(name),
    update: (name, section) =>
      sequelize.withNamedLock(name, async (transaction) => {
        section.entered()
        await increment(counters, name, transaction)
        section.left()
      }),
    read: (name) => readCounter(counters, name),
    close: () => sequelize.close(),
  }
}
