import assert from 'node:assert/strict'
import { type Flavour, sharedServer, startServer, type TestServer } from '@ormutex-test/servers'
import { lockOn, type LockingSequelize, namedLocks } from '@ormutex/sequelize'
import { DataTypes, QueryTypes, Sequelize, type Transaction } from 'sequelize'
import { COMBINATIONS, configFor, titleOf } from './opened.js'

/** A second server of a flavour for all tests: to Sequelize the one that is read from. It is told apart by its port. */
const readers = new Map<Flavour, Promise<TestServer>>()

function readerOf(flavour: Flavour): Promise<TestServer> {
  const reader = readers.get(flavour) ?? startServer(flavour)
  readers.set(flavour, reader)
  return reader
}

async function portOf(sequelize: Sequelize, transaction: Transaction | null): Promise<number> {
  const options = { transaction, type: QueryTypes.SELECT } as const
  return (await sequelize.query<{ port: number }>('SELECT @@port AS port', options))[0]!.port
}

describe('replication', () => {
  after(async () => {
    for (const reader of readers.values()) await (await reader).stop()
  })

  for (const combination of COMBINATIONS) {
    describe(`of Sequelize with ${titleOf(combination)}`, () => {
      async function withReplication(
        test: (sequelize: LockingSequelize, ports: { readonly write: number; readonly read: number }) => Promise<void>,
      ): Promise<void> {
        const [writer, reader] = [await sharedServer(combination.flavour), await readerOf(combination.flavour)]
        const access = ({ host, port, user, password, database }: TestServer): object => ({
          host,
          port,
          username: user,
          password,
          database,
        })
        const { dialectOptions, ...config } = configFor(combination.dialect, writer, 3)
        const replication = { write: access(writer), read: [access(reader)] }
        const sequelize = namedLocks(
          new Sequelize({ ...config, ...(dialectOptions && { dialectOptions }), replication }),
          {
            namespace: 'replication',
            label: 'shop-1',
          },
        )
        try {
          await test(sequelize, { write: writer.port, read: reader.port })
        } finally {
          await sequelize.close()
        }
      }

      it('has the lock and the work on the server that is written to, although both only read', async () => {
        await withReplication(async (sequelize, ports) => {
          // Two servers, and a read goes to the other one.
          assert.notEqual(ports.read, ports.write)
          assert.equal(await portOf(sequelize, null), ports.read)
          for (const readOnly of [false, true]) {
            await sequelize.withNamedLock(
              'a',
              async (transaction, lock) => {
                assert.equal(await portOf(sequelize, transaction), ports.write)
                const options = { useMaster: true, type: QueryTypes.SELECT } as const
                const rows = await sequelize.query<{ id: number | string }>(
                  `SELECT IS_USED_LOCK('${lock.key}') AS id`,
                  options,
                )
                assert.equal(String(rows[0]!.id), lock.sessionId)
                const elsewhere = await sequelize.query<{ id: null }>(`SELECT IS_USED_LOCK('${lock.key}') AS id`, {
                  type: QueryTypes.SELECT,
                })
                assert.equal(elsewhere[0]!.id, null)
              },
              { readOnly },
            )
          }
        })
      })

      it('has everything else that ormutex asks on that server, too', async () => {
        await withReplication(async (sequelize) => {
          await using lock = await sequelize.acquireNamedLock('a')
          const holder = await sequelize.namedLockHolder('a')
          assert.equal(holder?.sessionId, lock.sessionId)
          assert.equal(holder?.label, 'shop-1')
          assert.equal((await sequelize.tryWithNamedLock('a', () => 1)).acquired, false)
          assert.equal(await sequelize.tryAcquireNamedLock('a'), null)
          const listed = await sequelize.listNamedLocks()
          assert.ok(listed.some(({ name }) => name === 'a'))
          // The wait of a joined lock that is given up is ended by KILL QUERY, which takes a connection of that server.
          await sequelize.transaction(async (transaction) => {
            const signal = AbortSignal.timeout(50)
            await assert.rejects(
              sequelize.withNamedLock('a', () => 1, { transaction, signal }),
              { name: 'TimeoutError' },
            )
            await portOf(sequelize, transaction)
          })
        })
      })

      it('refuses to join a transaction on a server that is only read from', async () => {
        await withReplication(async (sequelize, ports) => {
          await sequelize.transaction({ readOnly: true }, async (transaction) => {
            assert.equal(await portOf(sequelize, transaction), ports.read)
            const joining = sequelize.withNamedLock('a', () => assert.fail('ran'), { transaction })
            await assert.rejects(joining, { code: 'LOCK_UNSUPPORTED', message: /only read from.*without readOnly/ })
          })
          const taken = await sequelize.transaction((transaction) =>
            sequelize.withNamedLock('a', () => portOf(sequelize, transaction), { transaction }),
          )
          assert.equal(taken, ports.write)
        })
      })

      it('has the locks of model hooks where the write is', async () => {
        await withReplication(async (sequelize, ports) => {
          const Note = sequelize.define('Note', { text: DataTypes.STRING(20) }, { tableName: 'replicated_notes' })
          await Note.sync({ force: true })
          lockOn(Note, 'beforeCreate', () => 'notes')
          await sequelize.transaction(async (transaction) => {
            await Note.create({ text: 'a' }, { transaction })
            assert.equal(await portOf(sequelize, transaction), ports.write)
            assert.notEqual(await sequelize.namedLockHolder('notes'), null)
          })
          assert.equal(await sequelize.namedLockHolder('notes'), null)
        })
      })
    })
  }
})
