import type { Knex } from 'knex'
import type { Client, ServerAddresses } from '../contender.js'
import { checkGranted } from './granted.js'
import { increment, openKnex, readCounter } from './knex-queries.js'
import { PATIENCE_MS } from './patient.js'

/** GET_LOCK on a connection taken from Knex's client, where `knex.transaction` then runs, too. */
export async function open({ database }: ServerAddresses, poolSize: number): Promise<Client> {
  const db = openKnex(database, poolSize)
  return {
    acquire: async (name) => {
      const connection = await lock(db, name)
      return { release: () => unlock(db, connection, name) }
    },
    update: async (name, section) => {
      const connection = await lock(db, name)
      try {
        await db.transaction(
          async (trx) => {
            section.entered()
            await increment(trx, name)
            section.left()
          },
          { connection },
        )
      } finally {
        await unlock(db, connection, name)
      }
    },
    read: (name) => readCounter(db, name),
    close: () => db.destroy(),
  }
}

interface KnexClient {
  acquireConnection(): Promise<object>
  releaseConnection(connection: object): Promise<void>
}

async function lock(db: Knex, name: string): Promise<object> {
  const connection = await (db.client as KnexClient).acquireConnection()
  const [rows] = (await db
    .raw('SELECT GET_LOCK(?, ?) AS granted', [name, PATIENCE_MS / 1_000])
    .connection(connection)) as [{ granted: unknown }[]]
  checkGranted(rows[0]?.granted)
  return connection
}

async function unlock(db: Knex, connection: object, name: string): Promise<void> {
  await db.raw('SELECT RELEASE_LOCK(?)', [name]).connection(connection)
  await (db.client as KnexClient).releaseConnection(connection)
}
