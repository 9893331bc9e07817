import assert from 'node:assert/strict'
import { sharedServer, startServer } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/knex'
import knex, { type Knex } from 'knex'
import { configFor, FLAVOURS, withKnex } from './opened.js'

describe('namedLocks(knex)', () => {
  it('returns the very instance that it was given', async () => {
    const plain = knex(configFor(await sharedServer('mysql')))
    assert.equal(namedLocks(plain), plain)
    await plain.destroy()
  })

  it('refuses another database when it is attached, before anything is sent', () => {
    const config = { client: 'pg', connection: 'postgres://127.0.0.1:1/none' }
    // Knex asks for the driver of another database at once, so a stand-in that names its client has to do.
    const other = Object.assign(() => {}, { client: { driverName: config.client }, transaction: () => {} })
    assert.throws(() => namedLocks(other as never), {
      code: 'LOCK_UNSUPPORTED',
      message: /MySQL or MariaDB .* uses pg/,
    })
  })

  it('refuses what is no Knex instance, a transaction, one without a connection, and one that has named locks', async () => {
    for (const wrong of [undefined, null, {}, 'mysql://', () => {}]) {
      assert.throws(
        () => namedLocks(wrong as never),
        (error: Error) => error instanceof TypeError && /needs a Knex instance/.test(error.message),
      )
    }
    for (const config of [{}, { connection: process.env['ORMUTEX_NOT_SET'] }]) {
      assert.throws(
        () => namedLocks(knex({ client: 'mysql2', ...config } as Knex.Config)),
        /with a connection, this one has none: .* an environment variable is not set\?$/,
      )
    }
    await withKnex('mysql', async (db) => {
      assert.throws(() => namedLocks(db), /already has named locks/)
      await db.transaction(async (trx) => {
        assert.throws(() => namedLocks(trx), /got one of its transactions/)
      })
    })
  })

  it('takes nothing of an instance that was refused for its options', async () => {
    const plain = knex(configFor(await sharedServer('mysql')))
    const { releaseConnection } = plain.client as { releaseConnection: unknown }
    assert.throws(() => namedLocks(plain, { maxWaiters: -1 }), RangeError)
    assert.equal((plain.client as { releaseConnection: unknown }).releaseConnection, releaseConnection)
    assert.equal('withNamedLock' in plain, false)
    await namedLocks(plain).withNamedLock('a', () => 1)
    await plain.destroy()
  })

  for (const flavour of FLAVOURS) {
    describe(`on ${flavour}`, () => {
      it("keeps names in the connection's current database, when no namespace is given", async () => {
        const server = await sharedServer(flavour)
        await withKnex(flavour, async (db) => {
          await db.withNamedLock('user:42', async (_, inDatabase) => {
            await withKnex(flavour, async (same) =>
              assert.equal((await same.tryWithNamedLock('user:42', () => 1)).acquired, false),
            )
            const named = { locks: { namespace: server.database } }
            await withKnex(
              flavour,
              async (same) => assert.equal((await same.tryWithNamedLock('user:42', () => 1)).acquired, false),
              named,
            )
            const elsewhere = { locks: { namespace: 'elsewhere' } }
            await withKnex(
              flavour,
              async (other) => other.withNamedLock('user:42', (__, lock) => assert.notEqual(lock.key, inDatabase.key)),
              elsewhere,
            )
          })
        })
      })

      it('refuses a read-only server at first use, and takes it when it is none any more', async () => {
        const server = await startServer(flavour)
        const db = namedLocks(knex(configFor(server)))
        try {
          await db.raw('SET GLOBAL read_only = ON')
          for (let attempt = 0; attempt < 2; attempt += 1) {
            await assert.rejects(
              db.withNamedLock('a', () => 1),
              { code: 'LOCK_UNSUPPORTED', message: /read_only is on/ },
            )
          }
          await db.raw('SET GLOBAL read_only = OFF')
          assert.equal(await db.withNamedLock('a', () => 1), 1)
        } finally {
          await db.raw('SET GLOBAL read_only = OFF')
          await db.destroy()
          await server.stop()
        }
      })

      it('sends GET_LOCK, BEGIN, what the callback sends, COMMIT, RELEASE_LOCK and no more, and Knex reports all of it', async () => {
        await withKnex(flavour, async (db) => {
          await db.withNamedLock('warm', () => 1)
          const statements: string[] = []
          db.on('query', ({ sql }: { sql: string }) =>
            statements.push(sql.replace(/^SELECT (?:\/\*.*?\*\/ )?(\w+)\(.*/, '$1').trim()),
          )
          await db.withNamedLock('user:42', (trx) => trx.raw('DO 1'))
          assert.deepEqual(statements, ['GET_LOCK', 'BEGIN;', 'DO 1', 'COMMIT;', 'RELEASE_LOCK'])
          statements.length = 0
          await (await db.acquireNamedLock('user:42')).release()
          assert.deepEqual(statements, ['GET_LOCK', 'RELEASE_LOCK'])
          statements.length = 0
          await db.transaction((trx) => trx.withNamedLock('user:42', () => trx.raw('DO 1')))
          assert.deepEqual(statements, ['BEGIN;', 'GET_LOCK', 'DO 1', 'COMMIT;', 'RELEASE_LOCK'])
        })
      })

      it('works whatever the application makes of rows and identifiers', async () => {
        const server = await sharedServer(flavour)
        const { host, port, user, password, database } = server
        const connection = {
          host,
          port,
          user,
          password,
          database,
          rowsAsArray: true,
          nestTables: '_',
          bigNumberStrings: true,
          supportBigNumbers: true,
        }
        const config = {
          connection: connection as object,
          postProcessResponse: () => 'nothing that it was',
          wrapIdentifier: (name: string) => `\`x_${name}\``,
        }
        await withKnex(
          flavour,
          async (db) => {
            const token = await db.withNamedLock('user:42', (_, lock) => lock.token)
            assert.equal(typeof token, 'bigint')
            assert.equal(await db.namedLockHolder('user:42'), null)
          },
          { knex: config },
        )
      })
    })
  }

  it('shows other processes its label on MySQL', async () => {
    await withKnex(
      'mysql',
      async (db) => {
        await db.withNamedLock('user:42', async () => {
          await withKnex('mysql', async (other) =>
            assert.equal((await other.namedLockHolder('user:42'))?.label, 'shop-1'),
          )
        })
      },
      { locks: { label: 'shop-1' } },
    )
  })
})
