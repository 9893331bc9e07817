import type { SqlSource } from '@ormutex/core/sql'
import type { ModelConnection } from './model-connection.js'
import type { ModelPool, ModelTransaction } from './model-pool.js'

/** The source of a process: an ORM that runs its transactions on the model's connections. */
export function modelSource(
  pool: ModelPool,
  poolSize: number,
  isChained: boolean,
): SqlSource<ModelConnection, ModelTransaction, object> {
  return {
    driver: {
      query: (connection, sql) => connection.query(sql),
      ping: async (connection) => void (await connection.query('PING')),
      onLost: (connection, listener) => connection.onLost(listener),
      sever: (connection) => connection.sever(),
      threadIdOf: (connection) => String(connection.session.id),
    },
    poolSize,
    transactionOptions: [],
    joining: { how: 'nobody does' },
    checkTransactionOptions: () => {},
    pin: () => pool.pin(),
    unpin: (connection) => pool.unpin(connection),
    async transaction(connection, work, _options, chain) {
      if (!chain.isBegun) await connection.send('BEGIN')
      try {
        await work({ write: (row) => connection.send(`INSERT ${row}`) })
      } catch (error) {
        await connection.send('ROLLBACK')
        throw error
      }
      await connection.send(isChained && chain.beginsNext() ? 'COMMIT AND CHAIN' : 'COMMIT')
    },
    rootOf: (transaction) => transaction,
    connectionOf: () => Promise.reject(new Error('Nobody joins')),
    onTransactionEnd: () => {},
  }
}
