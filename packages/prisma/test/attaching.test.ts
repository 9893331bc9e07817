import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { lockable, namedLocks } from '@ormutex/prisma'
import { PrismaClient as JsClient } from '@ormutex-test/prisma-7/js'
import { adapterOf, clientOn, COMBINATIONS, configFor, openAdapter, serverWithTables, titleOf } from './opened.js'
import { PrismaClient as PostgresClient } from '@ormutex-test/prisma-7/postgresql'
import { PrismaClient as SqliteClient } from '@ormutex-test/prisma-7/sqlite'
import { PRISMA_6, PRISMA_7 } from './versions.js'

/** An adapter's face for another database; nothing is ever asked of it. */
function adapterFor(provider: string, adapterName: string): never {
  return { provider, adapterName, connect: () => assert.fail('connected') } as never
}

describe('namedLocks() for Prisma', () => {
  it('refuses a client for another database when it is attached', () => {
    const others = [
      new PostgresClient({ adapter: adapterFor('postgres', '@prisma/adapter-pg') }),
      new SqliteClient({ adapter: adapterFor('sqlite', '@prisma/adapter-libsql') }),
    ]
    for (const [index, provider] of ['postgresql', 'sqlite'].entries()) {
      assert.throws(() => others[index]!.$extends(namedLocks()), {
        code: 'LOCK_UNSUPPORTED',
        message: new RegExp(`MySQL or MariaDB.*this client's is "${provider}"`),
      })
    }
  })

  it('refuses what is no PrismaClient, one that has named locks, and settings that are none', async () => {
    for (const wrong of [undefined, null, {}, 'mysql://', () => {}]) {
      assert.throws(
        () => namedLocks()(wrong),
        (error: Error) => error instanceof TypeError && /prisma\.\$extends/.test(error.message),
      )
    }
    for (const version of [PRISMA_7, PRISMA_6]) {
      const adapter = new version.PrismaMariaDb(configFor(await serverWithTables('mysql')))
      const client = new version.PrismaClient({ adapter })
      const prisma = client.$extends(namedLocks())
      assert.throws(() => prisma.$extends(namedLocks()), /already has named locks/)
      assert.throws(() => namedLocks(client as never), /takes options, got a PrismaClient: prisma\.\$extends/)
      assert.throws(() => client.$extends(namedLocks({ maxWaiters: 0 })), RangeError)
      assert.throws(() => client.$extends(namedLocks({ nmespace: 'shop' } as never)), TypeError)
      assert.throws(() => client.$extends(namedLocks({ secret: undefined } as never)), TypeError)
      // What was refused has taken nothing of the client.
      assert.equal(client.$extends(namedLocks({ namespace: 'other' })) === (prisma as unknown), false)
    }
  })

  it('works with a client of the generator prisma-client-js', async () => {
    const adapter = lockable(new PRISMA_7.PrismaMariaDb(configFor(await serverWithTables('mysql'))))
    const prisma = new JsClient({ adapter }).$extends(namedLocks())
    try {
      const count = await prisma.$mutex('js', async (tx, lock) => {
        assert.equal(lock.name, 'js')
        return tx.account.count()
      })
      assert.equal(typeof count, 'number')
    } finally {
      await prisma.$disconnect()
    }
  })

  for (const combination of COMBINATIONS) {
    it(`says that a method was torn off its client: ${titleOf(combination)}`, async () => {
      const prisma = clientOn(combination.version, await openAdapter(combination), combination.kind)
      try {
        const { $mutex } = prisma
        await assert.rejects(
          $mutex.call(undefined, 'torn', () => assert.fail('ran')),
          (error: Error) => error instanceof TypeError && /prisma\.\$mutex/.test(error.message),
        )
      } finally {
        await prisma.$disconnect()
      }
    })

    it(`tells no secret, whatever goes wrong: ${titleOf(combination)}`, async () => {
      const { version, kind, flavour } = combination
      const config = configFor(await serverWithTables(flavour))
      for (const wrong of [{ password: 'not-the-passw0rd' }, { port: 1 }]) {
        const settings = { ...config, ...wrong, connectTimeout: 300, acquireTimeout: 300, initializationTimeout: 300 }
        const prisma = clientOn(version, adapterOf(new version.PrismaMariaDb(settings), kind), kind)
        const error = await prisma
          .$mutex('secret', () => assert.fail('ran'))
          .then(
            () => assert.fail('resolved'),
            (reason: Error) => reason,
          )
        assert.match(String((error as { code?: string }).code), /^LOCK_(FAILED|TIMEOUT)$/)
        assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), new RegExp(settings.password!))
        await prisma.$disconnect()
      }
    })
  }
})

describe('lockable()', () => {
  it('returns the very adapter that it was given, as often as it is called', async () => {
    const adapter = new PRISMA_7.PrismaMariaDb(configFor(await serverWithTables('mysql')))
    const descriptor = (): unknown => Object.getOwnPropertyDescriptor(lockable(adapter), 'connect')
    assert.equal(lockable(adapter), adapter)
    assert.deepEqual(descriptor(), descriptor())
  })

  it('refuses what is no adapter, and the adapters of other databases', () => {
    for (const wrong of [undefined, null, {}, 'mysql://', () => {}]) {
      assert.throws(
        () => lockable(wrong as never),
        (error: Error) => error instanceof TypeError && /PrismaMariaDb/.test(error.message),
      )
    }
    assert.throws(() => lockable(adapterFor('postgres', '@prisma/adapter-pg')), {
      code: 'LOCK_UNSUPPORTED',
      message: /@prisma\/adapter-mariadb, got @prisma\/adapter-pg for postgres/,
    })
  })

  it('makes one adapter serve several clients', async () => {
    const adapter = lockable(new PRISMA_7.PrismaMariaDb(configFor(await serverWithTables('mariadb'))))
    const clients = [clientOn(PRISMA_7, adapter, 'lockable'), clientOn(PRISMA_7, adapter, 'lockable')] as const
    const lock = await clients[0].$acquireMutex('shared')
    assert.equal(await clients[1].$tryAcquireMutex('shared'), null)
    await clients[0].$disconnect()
    assert.equal((lock.signal.reason as { code?: string }).code, 'LOCK_LOST')
    assert.equal(await clients[1].$mutex('shared', () => 'there'), 'there')
    await clients[1].$disconnect()
  })
})
