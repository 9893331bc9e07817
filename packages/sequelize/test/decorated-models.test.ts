import assert from 'node:assert/strict'
import { lockOn, namedLocks } from '@ormutex/sequelize'
import { sharedServer } from '@ormutex-test/servers'
import { BelongsTo, Column, DataType, ForeignKey, HasMany, Model, Sequelize, Table } from 'sequelize-typescript'
import { COMBINATIONS, configFor, isFree, titleOf } from './opened.js'

@Table({ tableName: 'decorated_accounts' })
class Account extends Model {
  @Column(DataType.STRING(40))
  declare owner: string

  @Column(DataType.INTEGER)
  declare balance: number

  @HasMany(() => Entry)
  declare entries: Entry[]
}

@Table({ tableName: 'decorated_entries', updatedAt: false })
class Entry extends Model {
  @ForeignKey(() => Account)
  @Column(DataType.INTEGER)
  declare accountId: number

  @Column(DataType.INTEGER)
  declare amount: number

  @BelongsTo(() => Account)
  declare account: Account
}

for (const combination of COMBINATIONS) {
  describe(`classes of sequelize-typescript with ${titleOf(combination)}`, () => {
    it('work under a lock, joined and with hooks, as they are', async () => {
      const config = configFor(combination.dialect, await sharedServer(combination.flavour))
      const sequelize = namedLocks(new Sequelize({ ...config, models: [Account, Entry] }))
      const remove = lockOn(Account, ['beforeUpdate', 'beforeDestroy'], (account) => `account:${account.id}`)
      try {
        await Entry.drop()
        await Account.sync({ force: true })
        await Entry.sync()
        const { id } = await Account.create({ owner: 'Ada', balance: 100 })
        const left = await sequelize.withNamedLock(`account:${id}`, async (transaction, lock) => {
          const account = await Account.findByPk(id, { transaction, rejectOnEmpty: true })
          await account.update({ balance: account.balance - 10 }, { transaction })
          await account.$create('entry', { amount: -10 }, { transaction })
          assert.equal(lock.name, `account:${id}`)
          return account.balance
        })
        assert.equal(left, 90)
        const entry = await Entry.findOne({ include: [Account], rejectOnEmpty: true })
        assert.deepEqual([entry.amount, entry.account.balance], [-10, 90])
        await sequelize.transaction(async (transaction) => {
          await entry.account.update({ balance: 80 }, { transaction })
          assert.equal(await isFree(combination, `account:${id}`), false)
        })
        assert.equal(await isFree(combination, `account:${id}`), true)
        await assert.rejects(entry.account.update({ balance: 0 }), { code: 'LOCK_NO_TRANSACTION' })
      } finally {
        remove()
        await sequelize.close()
      }
    })
  })
}
