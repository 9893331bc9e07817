import assert from 'node:assert/strict'
import { sharedServer, startServer } from '@ormutex-test/servers'
import { namedLocks } from '@ormutex/sequelize'
import { Sequelize } from 'sequelize'
import { COMBINATIONS, configFor, countWaiting, openPlain, titleOf, untilWaiting, withSequelize } from './opened.js'

const ANY = COMBINATIONS[0]!

describe('namedLocks(sequelize)', () => {
  it('returns the very instance that it was given', async () => {
    const plain = await openPlain(ANY)
    assert.equal(namedLocks(plain), plain)
    await plain.close()
  })

  it('refuses another database when it is attached, before anything is sent', () => {
    // Sequelize asks for the driver of another database at once, so a stand-in for that has to do.
    const driver = { Client: Object, types: { getTypeParser: () => {} } }
    const other = new Sequelize({ dialect: 'postgres', dialectModule: driver, logging: false })
    assert.throws(() => namedLocks(other), { code: 'LOCK_UNSUPPORTED', message: /MySQL or MariaDB .* uses postgres/ })
  })

  it('refuses what is no Sequelize 6, and one that has named locks', async () => {
    for (const wrong of [undefined, null, {}, 'mysql://', Sequelize]) {
      assert.throws(
        () => namedLocks(wrong as never),
        (error: Error) => error instanceof TypeError && /needs an instance of Sequelize 6/.test(error.message),
      )
    }
    await withSequelize(ANY, async (sequelize) => {
      assert.throws(() => namedLocks(sequelize), /already has named locks/)
    })
  })

  it('refuses Sequelize 7 by its name', () => {
    // What its alphas do; the real one would be a second ORM to install for this line.
    const seven = {
      getCurrentClsTransaction: () => {},
      get connectionManager(): never {
        throw new Error('Accessing the connection manager is unlikely to be necessary anymore.')
      },
    }
    assert.throws(() => namedLocks(seven as never), { name: 'TypeError', message: /got one of Sequelize 7/ })
  })

  it('takes nothing of an instance that was refused for its options', async () => {
    const plain = await openPlain(ANY)
    const before = Object.getOwnPropertyNames(plain)
    assert.throws(() => namedLocks(plain, { maxWaiters: -1 }), RangeError)
    // What is taken over of an instance becomes a property of its own.
    assert.deepEqual(Object.getOwnPropertyNames(plain), before)
    await namedLocks(plain).withNamedLock('a', () => 1)
    await plain.close()
  })

  it('names the option that was misspelt, and what a call inside a callback should have asked on', async () => {
    await withSequelize(
      ANY,
      async (sequelize) => {
        await assert.rejects(
          sequelize.withNamedLock('a', () => 1, { transation: null } as never),
          {
            name: 'TypeError',
            message: /Unknown option "transation"; expected one of .*\btransaction\b/,
          },
        )
        await sequelize.withNamedLock('a', async () => {
          const nested = sequelize.withNamedLock('b', () => 1, { timeoutMs: 50 })
          await assert.rejects(nested, { code: 'LOCK_TIMEOUT', message: /ask on its transaction, .*\{ transaction \}/ })
          const again = sequelize.withNamedLock('a', () => 1)
          await assert.rejects(again, { code: 'LOCK_REENTRY', message: /re-entrant: .*\{ transaction \}/ })
        })
      },
      { poolSize: 1 },
    )
  })

  it('tells the code of what is in the way of a connection, and nothing else of it', async () => {
    const { dialect, flavour } = ANY
    const server = { ...(await sharedServer(flavour)), password: 'wrong-secret' }
    const sequelize = namedLocks(new Sequelize(configFor(dialect, server)))
    await assert.rejects(
      sequelize.withNamedLock('a', () => 1),
      (error: Error) => {
        assert.match(error.message, /no working connection \(ER_ACCESS_DENIED_ERROR\)/)
        assert.doesNotMatch(error.message, /wrong-secret/)
        return true
      },
    )
    await sequelize.close()
  })

  it('lets at most half of the pool wait by default', async () => {
    await withSequelize(
      ANY,
      async (sequelize) => {
        await withSequelize(ANY, async (other) => {
          const held = await other.acquireNamedLock(['a', 'b', 'c'])
          const waits = ['a', 'b', 'c'].map((name) => sequelize.withNamedLock(name, () => 1))
          await untilWaiting(other, 2)
          // Time for a third one to come, if it comes.
          await new Promise((resolve) => setTimeout(resolve, 100))
          await sequelize.query('SELECT 1')
          assert.equal(await countWaiting(other), 2)
          await held.release()
          assert.deepEqual(await Promise.all(waits), [1, 1, 1])
        })
      },
      { poolSize: 4 },
    )
  })

  for (const combination of COMBINATIONS) {
    describe(`with ${titleOf(combination)}`, () => {
      it("keeps names in the connection's current database, when no namespace is given", async () => {
        const { database } = await sharedServer(combination.flavour)
        await withSequelize(combination, async (sequelize) => {
          await sequelize.withNamedLock('user:42', async (_, lock) => {
            const sees = async (namespace: string | undefined): Promise<boolean> => {
              let taken = false
              const options = { locks: namespace === undefined ? {} : { namespace } }
              await withSequelize(
                combination,
                async (other) => {
                  taken = (await other.namedLockHolder('user:42'))?.sessionId === lock.sessionId
                },
                options,
              )
              return taken
            }
            assert.deepEqual(
              [await sees(undefined), await sees(database), await sees('elsewhere')],
              [true, true, false],
            )
          })
        })
      })

      it('refuses a read-only server at first use, and takes it when it is none any more', async () => {
        const server = await startServer(combination.flavour)
        const sequelize = namedLocks(new Sequelize(configFor(combination.dialect, server)))
        try {
          await sequelize.query('SET GLOBAL read_only = ON')
          for (let attempt = 0; attempt < 2; attempt += 1) {
            await assert.rejects(
              sequelize.withNamedLock('a', () => 1),
              { code: 'LOCK_UNSUPPORTED', message: /read_only is on/ },
            )
          }
          await sequelize.query('SET GLOBAL read_only = OFF')
          assert.equal(await sequelize.withNamedLock('a', () => 1), 1)
        } finally {
          await sequelize.close()
          await server.stop()
        }
      })

      it('works whatever the application makes of values and queries', async () => {
        const options = {
          query: { plain: true, nest: true, raw: false } as object,
          // What people write to get numbers, booleans and JSON of every column.
          dialectOptions: {
            ...configFor(combination.dialect, await sharedServer(combination.flavour)).dialectOptions,
            typeCast: () => 'odd',
          },
          isolationLevel: 'READ COMMITTED' as never,
        }
        await withSequelize(
          combination,
          async (sequelize) => {
            const lock = await sequelize.acquireNamedLock('user:42')
            assert.equal(typeof lock.token, 'bigint')
            assert.match(lock.sessionId, /^\d+$/)
            assert.equal((await sequelize.namedLockHolder('user:42'))?.sessionId, lock.sessionId)
            await lock.release()
            assert.equal(await sequelize.namedLockHolder('user:42'), null)
          },
          { sequelize: options },
        )
      })

      it('survives hooks of the application that throw', async () => {
        await withSequelize(combination, async (sequelize) => {
          let during = ''
          for (const hook of ['beforeQuery', 'afterQuery'] as const) {
            sequelize.addHook(hook, ((_: unknown, query: { sql?: string }) => {
              if (during !== '' && (query.sql?.includes(during) ?? hook === 'beforeQuery'))
                throw new Error(`in ${hook}`)
            }) as never)
          }
          await sequelize.withNamedLock('warm', () => 1)
          during = 'GET_LOCK'
          await assert.rejects(
            sequelize.withNamedLock('a', () => assert.fail('ran')),
            { code: 'LOCK_FAILED' },
          )
          during = ''
          assert.equal(await sequelize.withNamedLock('a', () => 1), 1)
        })
      })
    })
  }

  it('shows other processes its label on MySQL', async () => {
    for (const dialect of ['mysql', 'mariadb'] as const) {
      const combination = { dialect, flavour: 'mysql' } as const
      await withSequelize(
        combination,
        async (sequelize) => {
          await sequelize.withNamedLock('user:42', () =>
            withSequelize(combination, async (other) => {
              assert.equal((await other.namedLockHolder('user:42'))?.label, 'shop-1')
            }),
          )
        },
        { locks: { label: 'shop-1' } },
      )
    }
  })
})
