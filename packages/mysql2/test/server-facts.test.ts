import assert from 'node:assert/strict'
import { inspectReplica, inspectServer, type Query, refusalOf, splitOf } from '@ormutex/core/sql'
import { sharedServer } from '@ormutex-test/servers'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { FLAVOURS } from './opened.js'

for (const flavour of FLAVOURS) {
  describe(`what ${flavour} tells about itself`, () => {
    let connection: Connection
    let statements: string[]
    const ask: Query = async (sql) => {
      statements.push(sql)
      return (await connection.query<RowDataPacket[]>(sql))[0]
    }

    beforeEach(async () => {
      connection = await createConnection((await sharedServer(flavour)).url)
      statements = []
    })
    afterEach(() => connection.end())

    it('is its version, the connection, and that nothing speaks against it, in two statements', async () => {
      const server = await sharedServer(flavour)
      await connection.query('SET SESSION wait_timeout = 1234')
      const facts = await inspectServer(ask)
      assert.equal(statements.length, 2)
      assert.equal(facts.version, server.version)
      assert.ok(server.version.includes(facts.versionNumbers!.join('.')))
      assert.deepEqual(
        { ...facts, version: '', versionNumbers: undefined },
        {
          version: '',
          versionNumbers: undefined,
          flavour,
          product: flavour === 'mysql' ? 'MySQL' : 'MariaDB',
          database: server.database,
          connectionId: String(connection.threadId),
          readOnly: false,
          superReadOnly: false,
          innodbReadOnly: false,
          maxStatementTimeSeconds: 0,
          waitTimeoutSeconds: 1234,
          galera: null,
          groupReplication: null,
        },
      )
      assert.equal(refusalOf(facts, { allowNodeLocalLocks: false }), undefined)
      assert.equal(await inspectReplica(ask), 'no replica')
    })

    it('is told, and a lock looked for, without a read view: a transaction goes on seeing what is new', async () => {
      const other = await createConnection((await sharedServer(flavour)).url)
      const table = `facts_${flavour}`
      try {
        await other.query(`CREATE TABLE ${table} (value INT)`)
        await connection.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
        await connection.query('BEGIN')
        await inspectServer(ask)
        assert.equal(await splitOf(ask, undefined), undefined)
        await other.query(`INSERT INTO ${table} VALUES (1)`)
        assert.equal((await ask(`SELECT value FROM ${table}`)).length, 1)
      } finally {
        await other.query(`ROLLBACK`)
        await connection.query('ROLLBACK')
        await other.query(`DROP TABLE ${table}`)
        await other.end()
      }
    })

    it('is told to an account without privileges as far as it may know', async () => {
      const account = `facts_${flavour}`
      const server = await sharedServer(flavour)
      await connection.query(`CREATE USER ${account} IDENTIFIED BY 'facts'`)
      const { host, port } = server
      const unprivileged = await createConnection({ host, port, user: account, password: 'facts' })
      try {
        const askThere: Query = async (sql) => (await unprivileged.query<RowDataPacket[]>(sql))[0]
        const facts = await inspectServer(askThere)
        assert.equal(facts.version, server.version)
        assert.equal(facts.database, '')
        assert.equal(refusalOf(facts, { allowNodeLocalLocks: false }), undefined)
        assert.equal(await inspectReplica(askThere), 'hidden')
      } finally {
        await unprivileged.end()
        await connection.query(`DROP USER ${account}`)
      }
    })
  })
}
