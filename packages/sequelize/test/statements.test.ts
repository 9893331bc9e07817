import assert from 'node:assert/strict'
import { startFaultProxy, fail } from '@ormutex/testkit/fault-proxy'
import { sharedServer } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/sequelize'
import { ConnectionAcquireTimeoutError, type Options, Sequelize, Transaction } from 'sequelize'
import { COMBINATIONS, configFor, titleOf, withSequelize } from './opened.js'

/** What a logged statement is for. */
function purposeOf(line: string): string {
  const sql = line.replace(/^Execut(?:ing|ed) \([^)]*\): /, '')
  return sql.replace(/^SELECT (?:\/\*.*?\*\/ )?(\w+)\(.*/, '$1').replace(/;$/, '')
}

const OWN = ['GET_LOCK', 'START TRANSACTION', 'DO 1', 'COMMIT', 'RELEASE_LOCK']

for (const combination of COMBINATIONS) {
  describe(`statements of Sequelize with ${titleOf(combination)}`, () => {
    it('are logged like any other, with benchmark timed, and seen by hooks', async () => {
      const logged: unknown[][] = []
      const options = { logging: (...line: unknown[]) => void logged.push(line), benchmark: true }
      await withSequelize(
        combination,
        async (sequelize) => {
          await sequelize.withNamedLock('warm', () => 1)
          logged.length = 0
          const hooked: string[] = []
          sequelize.addHook('afterQuery', ((_: unknown, query: { sql: string }) =>
            hooked.push(purposeOf(query.sql))) as never)
          await sequelize.withNamedLock('user:42', (transaction) => sequelize.query('DO 1', { transaction }))
          assert.deepEqual(
            logged.map(([line]) => purposeOf(line as string)),
            OWN,
          )
          for (const [, elapsedMs] of logged) assert.equal(typeof elapsedMs, 'number')
          assert.deepEqual(hooked, OWN)
          logged.length = 0
          await (await sequelize.acquireNamedLock('user:42')).release()
          assert.deepEqual(
            logged.map(([line]) => purposeOf(line as string)),
            ['GET_LOCK', 'RELEASE_LOCK'],
          )
          logged.length = 0
          await sequelize.transaction(async (transaction) => {
            await sequelize.withNamedLock('user:42', () => sequelize.query('DO 1', { transaction }), { transaction })
          })
          assert.deepEqual(
            logged.map(([line]) => purposeOf(line as string)),
            ['START TRANSACTION', 'GET_LOCK', 'DO 1', 'COMMIT', 'RELEASE_LOCK'],
          )
        },
        { sequelize: options },
      )
    })

    it('are logged where BEGIN and COMMIT of their transaction are', async () => {
      const instance: string[] = []
      await withSequelize(
        combination,
        async (sequelize) => {
          await sequelize.withNamedLock('warm', () => 1)
          instance.length = 0
          const own: string[] = []
          const logging = (line: string): void => void own.push(purposeOf(line))
          const nothing = (): void => {}
          await sequelize.withNamedLock('user:42', nothing, { logging })
          assert.deepEqual(
            own,
            OWN.filter((purpose) => purpose !== 'DO 1'),
          )
          own.length = 0
          await sequelize.transaction({ logging }, async (transaction) => {
            await sequelize.withNamedLock('user:42', nothing, { transaction })
          })
          assert.deepEqual(own, ['START TRANSACTION', 'GET_LOCK', 'COMMIT', 'RELEASE_LOCK'])
          await sequelize.withNamedLock('user:42', nothing, { logging: false })
          assert.deepEqual(instance, [])
          await sequelize.withNamedLock('user:42', nothing)
          assert.equal(instance.length, 4)
        },
        { sequelize: { logging: (line) => void instance.push(line) } },
      )
    })

    it('begin the transaction as the call asks for, or as the instance does', async () => {
      const logged: string[] = []
      const options = {
        logging: (line: string) => void logged.push(purposeOf(line)),
        isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED,
      }
      await withSequelize(
        combination,
        async (sequelize) => {
          await sequelize.withNamedLock('warm', () => 1)
          for (const [isolationLevel, expected] of [
            [undefined, 'READ COMMITTED'],
            [Transaction.ISOLATION_LEVELS.SERIALIZABLE, 'SERIALIZABLE'],
          ] as const) {
            logged.length = 0
            await sequelize.withNamedLock('a', () => 1, {
              ...(isolationLevel && { isolationLevel }),
              type: Transaction.TYPES.IMMEDIATE,
              readOnly: true,
            })
            assert.equal(logged[1], `SET TRANSACTION ISOLATION LEVEL ${expected}`)
          }
          const before = logged.length
          for (const wrong of [{ isolationLevel: 'SNAPSHOT; DROP' }, { type: 'LATER' }]) {
            await assert.rejects(
              sequelize.withNamedLock('a', () => 1, wrong as never),
              RangeError,
            )
          }
          for (const wrong of [{ readOnly: 'yes' }, { logging: 5 }, { benchmark: 1 }]) {
            await assert.rejects(
              sequelize.withNamedLock('a', () => 1, wrong as never),
              TypeError,
            )
          }
          assert.equal(logged.length, before)
        },
        { sequelize: options },
      )
    })

    it("say that it was the pool, when Sequelize's own limit of waiting for a connection runs out", async () => {
      await withSequelize(
        combination,
        async (sequelize) => {
          const held = await sequelize.acquireNamedLock('held')
          await assert.rejects(
            sequelize.withNamedLock('other', () => 1),
            (error: Error & { code: string; reason: string }) => {
              assert.deepEqual([error.code, error.reason], ['LOCK_TIMEOUT', 'pool'])
              assert.ok(error.cause instanceof ConnectionAcquireTimeoutError, String(error.cause))
              return true
            },
          )
          await held.release()
          assert.equal(await sequelize.withNamedLock('other', () => 1), 1)
        },
        // Opening a connection counts, too.
        { sequelize: { pool: { max: 1, acquire: 500 } } },
      )
    })
  })

  describe(`retry of Sequelize with ${titleOf(combination)}`, () => {
    /** Runs a test whose statements pass a proxy, on an instance that retries whatever fails. */
    async function withRetries(
      test: (
        sequelize: ReturnType<typeof namedLocks<Sequelize>>,
        proxy: Awaited<ReturnType<typeof startFaultProxy>>,
      ) => Promise<void>,
    ): Promise<void> {
      const server = await sharedServer(combination.flavour)
      const proxy = await startFaultProxy({ host: server.host, port: server.port })
      const config: Options = configFor(combination.dialect, { ...server, host: proxy.host, port: proxy.port })
      const sequelize = namedLocks(new Sequelize({ ...config, retry: { max: 3, match: [/./], backoffBase: 1 } }))
      try {
        await sequelize.withNamedLock('warm', () => 1)
        await test(sequelize, proxy)
      } finally {
        await sequelize.close()
        await proxy.close()
      }
    }

    const refused = fail({ errno: 1105, sqlState: 'HY000', message: 'Made up by the test' })

    it("is for the application's statements, as in any transaction", async () => {
      await withRetries(async (sequelize, proxy) => {
        const rule = proxy.on(/^DO 1/, refused)
        await sequelize.withNamedLock('a', (transaction) => sequelize.query('DO 1', { transaction }))
        assert.equal(rule.hits, 1)
        assert.equal(proxy.statements.filter(({ sql }) => sql === 'DO 1').length, 2)
      })
    })

    for (const [what, pattern] of [
      ['GET_LOCK', /GET_LOCK/],
      ['BEGIN', /^START/],
      ['COMMIT', /^COMMIT/],
      ['RELEASE_LOCK', /RELEASE_LOCK/],
    ] as const) {
      it(`is not for ${what}, which is sent once`, async () => {
        await withRetries(async (sequelize, proxy) => {
          proxy.clear()
          const rule = proxy.on(pattern, refused)
          const call = sequelize.withNamedLock('a', () => 1)
          if (what === 'RELEASE_LOCK') assert.equal(await call, 1)
          else await assert.rejects(call)
          assert.equal(rule.hits, 1)
          assert.equal(proxy.statements.filter(({ sql }) => pattern.test(sql)).length, 1)
          assert.equal(await sequelize.withNamedLock('a', () => 2), 2)
        })
      })
    }
  })
}
