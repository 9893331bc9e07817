import type { SqlDriver, SqlSource } from '@ormutex/core/sql'

/** A source on a server whose every answer a test writes down: for those that no real server can be made to give. */
export function scriptedSource(
  driver: Pick<SqlDriver<object>, 'query' | 'sever'>,
  onTransactionEnd: SqlSource<object, object, object>['onTransactionEnd'] = () => {},
): SqlSource<object, object, object> {
  return {
    driver: {
      ping: async () => {},
      onLost: () => () => {},
      threadIdOf: () => '7',
      ...driver,
      query: async (connection, sql) => {
        const rows = await driver.query(connection, sql)
        // Who has nothing to say of it has a server with nothing in between.
        return sql.startsWith('SELECT DATABASE()') && rows[0]?.['session_id'] === undefined ? [{ session_id: 7 }] : rows
      },
    },
    poolSize: 10,
    transactionOptions: [],
    joining: { how: 'nobody does' },
    checkTransactionOptions: () => {},
    pin: async () => ({}),
    unpin: () => {},
    transaction: async (_, work) => void (await work({})),
    rootOf: (transaction) => transaction,
    connectionOf: async () => ({}),
    onTransactionEnd,
  }
}
