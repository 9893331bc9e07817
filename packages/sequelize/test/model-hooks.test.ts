import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { type HookLockOptions, type LockableHook, type LockingSequelize, lockOn } from '@ormutex/sequelize'
import { createNamespace, destroyNamespace } from 'cls-hooked'
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Op,
  Sequelize,
  type Transaction,
} from 'sequelize'
import { COMBINATIONS, isFree, openPlain, titleOf, untilWaiting, withSequelize } from './opened.js'

class Account extends Model<InferAttributes<Account>, InferCreationAttributes<Account>> {
  declare id: CreationOptional<number>
  declare balance: number
}

/** Makes a table of its own for each test, with three rows, on an instance whose log is kept. */
async function withAccounts(
  combination: (typeof COMBINATIONS)[number],
  test: (Accounts: typeof Account, sequelize: LockingSequelize, asked: () => string[][]) => Promise<void>,
): Promise<void> {
  const statements: string[] = []
  await withSequelize(
    combination,
    async (sequelize) => {
      const Accounts = class extends Account {}
      Accounts.init(
        { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, balance: DataTypes.INTEGER },
        { sequelize, modelName: 'Account', tableName: 'hooked_accounts', paranoid: true },
      )
      await Accounts.sync({ force: true })
      await Accounts.bulkCreate([{ balance: 10 }, { balance: 20 }, { balance: 30 }])
      statements.length = 0
      // The slug of a key is the name, up to the digest.
      const asked = (): string[][] =>
        statements
          .splice(0)
          .map((sql) => [...sql.matchAll(/\bGET_LOCK\(_utf8mb4'([^~]+)/g)].map(([, name]) => name!))
          .filter((names) => names.length > 0)
      await test(Accounts, sequelize, asked)
    },
    { sequelize: { logging: (sql) => void statements.push(sql) } },
  )
}

const nameOf = (account: Account): string => `account:${account.id}`

for (const combination of COMBINATIONS) {
  describe(`lockOn a model of Sequelize with ${titleOf(combination)}`, () => {
    const free = (name: string): Promise<boolean> => isFree(combination, name)

    const operations: readonly (readonly [
      hook: LockableHook,
      run: (Accounts: typeof Account, transaction: Transaction | null | undefined) => Promise<unknown>,
    ])[] = [
      ['beforeCreate', (Accounts, transaction) => Accounts.create({ id: 1001, balance: 1 }, options(transaction))],
      [
        'beforeUpdate',
        async (Accounts, transaction) => (await one(Accounts)).update({ balance: 11 }, options(transaction)),
      ],
      [
        'beforeSave',
        async (Accounts, transaction) => (await one(Accounts)).set({ balance: 12 }).save(options(transaction)),
      ],
      ['beforeSave', (Accounts, transaction) => Accounts.build({ id: 1002, balance: 1 }).save(options(transaction))],
      ['beforeUpsert', (Accounts, transaction) => Accounts.upsert({ id: 1, balance: 13 }, options(transaction))],
      ['beforeDestroy', async (Accounts, transaction) => (await one(Accounts)).destroy(options(transaction))],
      ['beforeRestore', async (Accounts, transaction) => (await one(Accounts)).restore(options(transaction))],
      [
        'beforeBulkCreate',
        (Accounts, transaction) => Accounts.bulkCreate([{ id: 1003, balance: 1 }], options(transaction)),
      ],
      ['beforeBulkUpdate', (Accounts, transaction) => Accounts.update({ balance: 14 }, where(transaction))],
      ['beforeBulkDestroy', (Accounts, transaction) => Accounts.destroy(where(transaction))],
      ['beforeBulkRestore', (Accounts, transaction) => Accounts.restore(where(transaction))],
    ]

    for (const [hook, run] of operations) {
      it(`takes it in ${hook}, on the transaction of the operation, until that has ended`, async () => {
        await withAccounts(combination, async (Accounts, sequelize, asked) => {
          await prepare(Accounts, hook)
          lockOn(Accounts, hook, (subject) => (subject instanceof Account ? nameOf(subject) : 'accounts'))
          asked()
          const taken = await sequelize.transaction(async (transaction) => {
            await run(Accounts, transaction)
            const names = asked().flat()
            assert.equal(names.length, 1, names.join())
            assert.equal(await free(names[0]!), false)
            return names[0]!
          })
          assert.match(
            taken,
            hook.startsWith('beforeBulk') && hook !== 'beforeBulkCreate' ? /^accounts$/ : /^account:\d+$/,
          )
          assert.equal(await free(taken), true)
        })
      })

      it(`says what to do in ${hook} without a transaction, and nothing is written`, async () => {
        await withAccounts(combination, async (Accounts) => {
          await prepare(Accounts, hook)
          const before = JSON.stringify(await Accounts.findAll({ paranoid: false }))
          lockOn(Accounts, hook, () => 'accounts')
          for (const transaction of [undefined, null]) {
            await assert.rejects(run(Accounts, transaction), (error: Error & { code: string }) => {
              assert.equal(error.code, 'LOCK_NO_TRANSACTION')
              assert.match(error.message, /of Account takes a lock.*Pass one to the operation/)
              return true
            })
          }
          assert.equal(JSON.stringify(await Accounts.findAll({ paranoid: false })), before)
        })
      })
    }

    it('takes it on the CLS transaction, where CLS is used', async () => {
      Sequelize.useCLS(createNamespace('ormutex-hooks'))
      try {
        await withAccounts(combination, async (Accounts, sequelize) => {
          lockOn(Accounts, ['beforeUpdate', 'beforeBulkUpdate'], () => 'accounts')
          await assert.rejects(Accounts.update({ balance: 1 }, { where: {} }), { code: 'LOCK_NO_TRANSACTION' })
          for (const begin of ['transaction', 'lock']) {
            const work = async (): Promise<void> => {
              await Accounts.update({ balance: 1 }, { where: {} })
              await (await one(Accounts)).update({ balance: 2 })
              assert.equal(await free('accounts'), false)
            }
            await (begin === 'lock' ? sequelize.withNamedLock('outer', work) : sequelize.transaction(work))
            assert.equal(await free('accounts'), true)
          }
        })
      } finally {
        Object.assign(Sequelize, { _cls: undefined })
        destroyNamespace('ormutex-hooks')
      }
    })

    it('is re-entrant in a callback that has the lock already, and adds nothing', async () => {
      await withAccounts(combination, async (Accounts, sequelize, asked) => {
        lockOn(Accounts, 'beforeUpdate', nameOf)
        await sequelize.withNamedLock('account:1', async (transaction) => {
          asked()
          const account = await Accounts.findByPk(1, { transaction })
          await account!.update({ balance: 5 }, { transaction })
          await account!.update({ balance: 6 }, { transaction })
          assert.deepEqual(asked(), [])
        })
        assert.equal(await free('account:1'), true)
      })
    })

    it('is asked for once, beside callbacks that want the same on the same transaction', async () => {
      await withAccounts(combination, async (Accounts, sequelize, asked) => {
        lockOn(Accounts, 'beforeUpdate', nameOf)
        const account = await one(Accounts)
        await sequelize.transaction(async (transaction) => {
          asked()
          const update = (balance: number): Promise<unknown> => account.update({ balance }, { transaction })
          await Promise.all([
            sequelize.withNamedLock('account:1', () => sleep(5), { transaction }),
            update(1),
            sequelize.withNamedLock(['account:1', 'account:2'], () => update(2), { transaction }),
          ])
          assert.deepEqual(asked().flat().toSorted(), ['account:1', 'account:2'])
        })
        for (const name of ['account:1', 'account:2']) assert.equal(await free(name), true, name)
      })
    })

    it('waits for its turn, and rejects the write when that does not come in time', async () => {
      await withAccounts(combination, async (Accounts, sequelize) => {
        const impatient: HookLockOptions = { timeoutMs: 100 }
        const remove = lockOn(Accounts, 'beforeUpdate', nameOf, impatient)
        await withSequelize(combination, async (other) => {
          const held = await other.acquireNamedLock('account:1')
          const update = (): Promise<unknown> =>
            sequelize.transaction(async (transaction) => (await one(Accounts)).update({ balance: 5 }, { transaction }))
          await assert.rejects(update(), { code: 'LOCK_TIMEOUT', message: /"account:1"/ })
          assert.equal((await one(Accounts)).balance, 10)
          remove()
          lockOn(Accounts, 'beforeUpdate', nameOf)
          const updating = update()
          await untilWaiting(other, 1)
          await held.release()
          await updating
          assert.equal((await one(Accounts)).balance, 5)
        })
      })
    })

    it('can be taken off again, and leaves other hooks alone', async () => {
      await withAccounts(combination, async (Accounts, _, asked) => {
        const ran: string[] = []
        Accounts.beforeUpdate(() => void ran.push('own'))
        const removeFirst = lockOn(Accounts, ['beforeUpdate', 'beforeSave'], nameOf)
        const removeSecond = lockOn(Accounts, 'beforeUpdate', () => 'second')
        removeFirst()
        removeFirst()
        await Accounts.sequelize!.transaction(async (transaction) =>
          (await one(Accounts)).update({ balance: 5 }, { transaction }),
        )
        assert.deepEqual(asked(), [['second']])
        removeSecond()
        await (await one(Accounts)).update({ balance: 6 })
        assert.deepEqual([asked(), ran], [[], ['own', 'own']])
      })
    })

    it('locks nothing for what has no name', async () => {
      await withAccounts(combination, async (Accounts, _, asked) => {
        lockOn(Accounts, 'beforeUpdate', (account) => (account.changed('balance') ? nameOf(account) : null))
        lockOn(Accounts, 'beforeBulkUpdate', () => [])
        await (await one(Accounts)).update({ updatedAt: new Date() } as never)
        await Accounts.update({ balance: 1 }, { where: { id: 1 } })
        assert.deepEqual(asked(), [])
      })
    })

    const bulk: readonly (readonly [
      what: string,
      hook: 'beforeBulkCreate' | 'beforeCreate' | 'beforeUpdate' | 'beforeDestroy',
      run: (Accounts: typeof Account, transaction: Transaction) => Promise<unknown>,
    ])[] = [
      ['bulkCreate', 'beforeBulkCreate', (Accounts, transaction) => Accounts.bulkCreate(rows, { transaction })],
      [
        'bulkCreate with individualHooks',
        'beforeCreate',
        (Accounts, transaction) => Accounts.bulkCreate(rows, { transaction, individualHooks: true }),
      ],
      [
        'update with individualHooks',
        'beforeUpdate',
        (Accounts, transaction) => Accounts.update({ balance: 1 }, { ...all(transaction), individualHooks: true }),
      ],
      [
        'destroy with individualHooks',
        'beforeDestroy',
        (Accounts, transaction) => Accounts.destroy({ ...all(transaction), individualHooks: true }),
      ],
    ]
    for (const [what, hook, run] of bulk) {
      it(`asks for all names of ${what} at once, in one order whatever that of the rows`, async () => {
        await withAccounts(combination, async (Accounts, sequelize, asked) => {
          lockOn(Accounts, hook, nameOf)
          Accounts.addHook('beforeFind', (find) => void Object.assign(find, { order: [['id', 'DESC']] }))
          const keys = await sequelize.transaction(async (transaction) => {
            asked()
            await run(Accounts, transaction)
            return asked().flat()
          })
          assert.equal(keys.length, 3)
          assert.deepEqual(keys, keys.toSorted())
          for (const key of keys) assert.equal(await free(key), true)
        })
      })
    }

    it('keeps two bulk operations on the same rows in opposite orders from waiting for each other', async () => {
      await withAccounts(combination, async (Accounts, sequelize) => {
        lockOn(Accounts, 'beforeUpdate', nameOf)
        // Rows are read without any lock, in either order; only the named locks could be waited for crosswise.
        let flip = false
        Accounts.addHook('beforeFind', (find) => {
          flip = !flip
          Object.assign(find, { order: [['id', flip ? 'ASC' : 'DESC']] })
        })
        for (let round = 0; round < 10; round += 1) {
          const update = (balance: number): Promise<unknown> =>
            sequelize.transaction((transaction) =>
              Accounts.update({ balance }, { where: { id: [1, 2, 3] }, transaction, individualHooks: true }),
            )
          await Promise.all([update(round), update(round + 100)])
        }
      })
    })

    it('hands conditions what the operation was given', async () => {
      await withAccounts(combination, async (Accounts, sequelize) => {
        const seen: unknown[] = []
        lockOn(Accounts, ['beforeBulkUpdate'], ({ where: condition, attributes }) => {
          seen.push(condition, attributes.balance)
          return 'accounts'
        })
        await sequelize.transaction((transaction) => Accounts.update({ balance: 9 }, { where: { id: 2 }, transaction }))
        // Within what Sequelize makes of it for a paranoid model.
        assert.match(inspect(seen[0], { depth: 5 }), /\bid: 2\b/)
        assert.equal(seen[1], 9)
      })
    })

    it('protects what every process increments in a hook', async () => {
      await withAccounts(combination, async (Accounts, sequelize) => {
        // READ COMMITTED, since each saved instance was read before its lock: the hook reads again under the lock.
        lockOn(Accounts, 'beforeUpdate', nameOf)
        Accounts.beforeUpdate(async (account, { transaction }) => {
          await account.reload({ transaction: transaction! })
          await sleep(2)
          account.balance += 1
        })
        const bump = (): Promise<unknown> =>
          sequelize.transaction({ isolationLevel: 'READ COMMITTED' as never }, async (transaction) => {
            const account = await Accounts.findByPk(1, { transaction })
            await account!.update({ balance: -1 }, { transaction })
          })
        await Promise.all(
          Array.from({ length: 5 }, async () => {
            for (let count = 0; count < 4; count += 1) await bump()
          }),
        )
        assert.equal((await one(Accounts)).balance, 30)
      })
    })
  })
}

describe('lockOn', () => {
  const any = COMBINATIONS[0]!

  it('refuses wrong arguments when it is called', async () => {
    await withAccounts(any, async (Accounts) => {
      class Undefined extends Model {}
      const wrong: readonly (readonly [call: () => unknown, message: RegExp])[] = [
        [() => lockOn(Undefined, 'beforeUpdate', () => 'a'), /needs a model that was initialised/],
        [() => lockOn(undefined as never, 'beforeUpdate', () => 'a'), /needs a model .* got undefined/],
        [() => lockOn(Accounts, 'afterUpdate' as never, () => 'a'), /one of beforeCreate.*got "afterUpdate"/],
        [() => lockOn(Accounts, [], () => 'a'), /at least one hook/],
        [() => lockOn(Accounts, 'beforeUpdate', 'account' as never), /third argument must be a function.*got a string/],
        [() => lockOn(Accounts, 'beforeUpdate', () => 'a', { timeout: 5 } as never), /Unknown option "timeout"/],
        [() => lockOn(Accounts, 'beforeUpdate', () => 'a', { signal: AbortSignal.timeout(1) } as never), /one wait/],
        [() => lockOn(Accounts, 'beforeUpdate', () => 'a', { isolationLevel: 'SERIALIZABLE' } as never), /has begun/],
      ]
      for (const [call, message] of wrong) assert.throws(call, { name: 'TypeError', message })
      const plain = await openPlain(any)
      const Plain = plain.define('Plain', { id: { type: DataTypes.INTEGER, primaryKey: true } })
      assert.throws(() => lockOn(Plain, 'beforeUpdate', () => 'a'), /of Plain has no named locks: call namedLocks/)
      await plain.close()
    })
  })

  it('rejects the write for a name that is none', async () => {
    await withAccounts(any, async (Accounts, sequelize) => {
      lockOn(Accounts, 'beforeUpdate', (account) => account.id as never)
      const update = sequelize.transaction(async (transaction) =>
        (await one(Accounts)).update({ balance: 5 }, { transaction }),
      )
      await assert.rejects(update, { name: 'TypeError', message: /must be a non-empty string, got 1/ })
    })
  })
})

const rows = [3, 1, 2].map((digit) => ({ id: 2000 + digit, balance: 1 }))

function options(transaction: Transaction | null | undefined): { transaction?: Transaction | null } {
  return transaction === undefined ? {} : { transaction }
}

function where(transaction: Transaction | null | undefined): {
  where: { id: number[] }
  transaction?: Transaction | null
} {
  return { where: { id: [1, 2] }, ...options(transaction) }
}

function all(transaction: Transaction): { where: { id: { [Op.gt]: number } }; transaction: Transaction } {
  return { where: { id: { [Op.gt]: 0 } }, transaction }
}

async function one(Accounts: typeof Account): Promise<Account> {
  return (await Accounts.findByPk(1, { paranoid: false }))!
}

/** What can be restored has to be deleted first. */
async function prepare(Accounts: typeof Account, hook: LockableHook): Promise<void> {
  if (hook.endsWith('Restore')) await Accounts.destroy({ where: { id: [1, 2] } })
}
