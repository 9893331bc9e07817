import { QueryTypes, type Sequelize, type Transaction } from 'sequelize'
import type { Client, ServerAddresses } from '../contender.js'
import { checkGranted } from './granted.js'
import { PATIENCE_MS } from './patient.js'
import { defineCounters, increment, openSequelize, readCounter } from './sequelize-queries.js'

/**
 * Sequelize gives the connection of a transaction back with its COMMIT, too early to release a lock on it. But a connection of
 * the pool can be taken by hand, and of a `transaction` a query wants no more than its connection.
 */
export async function open({ database }: ServerAddresses, poolSize: number): Promise<Client> {
  const sequelize = openSequelize(database, poolSize)
  const counters = defineCounters(sequelize)
  return {
    acquire: async (name) => {
      const pinned = await lock(sequelize, name)
      return { release: () => unlock(sequelize, pinned, name) }
    },
    update: async (name, section) => {
      const pinned = await lock(sequelize, name)
      try {
        await sequelize.query('START TRANSACTION', { transaction: pinned })
        section.entered()
        await increment(counters, name, pinned)
        section.left()
        await sequelize.query('COMMIT', { transaction: pinned })
      } finally {
        await unlock(sequelize, pinned, name)
      }
    },
    read: (name) => readCounter(counters, name),
    close: () => sequelize.close(),
  }
}

async function lock(sequelize: Sequelize, name: string): Promise<Transaction> {
  const connection = await sequelize.connectionManager.getConnection({ type: 'write' })
  const pinned = { connection } as unknown as Transaction
  const [row] = await sequelize.query<{ granted: unknown }>('SELECT GET_LOCK(:name, :seconds) AS granted', {
    replacements: { name, seconds: PATIENCE_MS / 1_000 },
    type: QueryTypes.SELECT,
    transaction: pinned,
  })
  checkGranted(row?.granted)
  return pinned
}

async function unlock(sequelize: Sequelize, pinned: Transaction, name: string): Promise<void> {
  await sequelize.query('SELECT RELEASE_LOCK(:name)', {
    replacements: { name },
    type: QueryTypes.SELECT,
    transaction: pinned,
  })
  const { connection } = pinned as unknown as { connection: object }
  sequelize.connectionManager.releaseConnection(connection)
}
