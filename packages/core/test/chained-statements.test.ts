import assert from 'node:assert/strict'
import { keepsTransaction, runChained } from '@ormutex/core/sql'

type Callback = (error: unknown, rows?: unknown) => void

/** A connection that writes down what it is sent, and fails on what has "fails" in it. */
function recording() {
  const sent: string[] = []
  const answer = (sql: string, callback?: Callback): object => {
    sent.push(sql)
    callback?.(sql.includes('fails') ? new Error('failed') : null, [])
    return {}
  }
  return {
    sent,
    query: (statement: string | { sql: string }, callback?: Callback) =>
      answer(typeof statement === 'string' ? statement : statement.sql, callback),
    execute: (sql: string, _values: unknown, callback?: Callback) => answer(sql, callback),
    prepare: (sql: string, callback: Callback) => answer(`prepare ${sql}`, callback),
    // Of the connector, whose promise form sends without its own query().
    batch: (sql: string) => answer(`batch ${sql}`),
    commit: () => answer('COMMIT'),
  }
}

type Recording = ReturnType<typeof recording>

const ask = (connection: Recording, sql: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => (error === null ? resolve(rows) : reject(error)))
  })

/** What reaches the server of a transaction with this work. */
async function sentOf(
  work: (connection: Recording) => unknown,
  chain: { isBegun?: boolean; hasNext?: boolean } = {},
): Promise<string[]> {
  const connection = recording()
  const hasNext = (): boolean => chain.hasNext ?? true
  const link = { isBegun: chain.isBegun ?? false, hasNext, beginsNext: hasNext }
  await runChained(connection, 'callback', link, async (aboutToEnd) => {
    await ask(connection, 'SET TRANSACTION READ ONLY;')
    await ask(connection, 'BEGIN;')
    await work(connection)
    aboutToEnd()
    await ask(connection, 'COMMIT;')
  })
  await ask(connection, 'BEGIN')
  return connection.sent.slice(0, -1)
}

const BEGINNING = ['SET TRANSACTION READ ONLY;', 'BEGIN;']

describe('a transaction in a chain', () => {
  it('begins the next with its COMMIT, and is not begun when the one before has done so', async () => {
    const select = (connection: Recording): unknown => ask(connection, 'SELECT 1')
    assert.deepEqual(await sentOf(select), [...BEGINNING, 'SELECT 1', 'COMMIT AND CHAIN'])
    assert.deepEqual(await sentOf(select, { isBegun: true }), ['SELECT 1', 'COMMIT AND CHAIN'])
    assert.deepEqual(await sentOf(select, { isBegun: true, hasNext: false }), ['SELECT 1', 'COMMIT;'])
    assert.deepEqual(await sentOf(select, { hasNext: false }), [...BEGINNING, 'SELECT 1', 'COMMIT;'])
  })

  const doubtful: Record<string, (connection: Recording) => unknown> = {
    DDL: (connection) => ask(connection, 'CREATE TABLE a (id INT)'),
    'a COMMIT of its own': (connection) => ask(connection, 'COMMIT'),
    'a transaction of its own': (connection) => ask(connection, 'START TRANSACTION'),
    'a level of its own': (connection) => ask(connection, 'SET TRANSACTION READ WRITE'),
    'a failed statement': (connection) => ask(connection, 'SELECT fails').catch(() => {}),
    'a failed statement that was prepared': (connection) => connection.execute('SELECT fails', [], () => {}),
    'a stream': (connection) => connection.query('SELECT 1'),
    'a prepared statement': (connection) => connection.prepare('SELECT 1', () => {}),
    'a batch': (connection) => connection.batch('CREATE TABLE a (id INT)'),
    'a commit() of its own': (connection) => connection.commit(),
  }
  for (const [what, work] of Object.entries(doubtful)) {
    it(`leaves the next to be begun by itself after ${what}`, async () => {
      assert.equal((await sentOf(work)).at(-1), 'COMMIT;')
    })
  }
})

describe('whether a transaction is certain to go on', () => {
  for (const sql of [
    'SELECT 1',
    ' /* why */ (select 1) union (select 2);',
    '-- why\nUPDATE a SET b = 1',
    'insert into a values (1)',
    'REPLACE INTO a VALUES (1)',
    'DELETE FROM a',
    'WITH c AS (SELECT 1) SELECT * FROM c',
    'SAVEPOINT a',
    'RELEASE SAVEPOINT a',
    'ROLLBACK TO SAVEPOINT a',
    'ROLLBACK WORK TO a',
  ]) {
    it(`yes: ${JSON.stringify(sql)}`, () => assert.equal(keepsTransaction(sql), true))
  }
  for (const sql of [
    'COMMIT',
    'ROLLBACK',
    'ROLLBACK AND CHAIN',
    'BEGIN',
    'SET autocommit = 1',
    'CALL anything()',
    'ALTER TABLE a ADD b INT',
    'TRUNCATE a',
    'LOCK TABLES a READ',
    'SELECT 1; COMMIT',
    '/*! COMMIT */',
    'SELECT 1 /*!50000 ; COMMIT */',
    'selection',
    '',
  ]) {
    it(`not known: ${JSON.stringify(sql)}`, () => assert.equal(keepsTransaction(sql), false))
  }
})
