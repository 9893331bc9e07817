import { namedLocks } from '@ormutex/sequelize'
import { DataTypes, type Model, type ModelStatic, Sequelize, Transaction } from 'sequelize'
import type { Access } from '../account.js'
import type { Application } from '../application.js'

interface Account {
  readonly id: number
  readonly balance: number
}

/** Accounts with Sequelize. */
export function open({ host, port, user, password, database }: Access): Application {
  const access = { host, port, username: user, password, database }
  const sequelize = namedLocks(new Sequelize({ dialect: 'mysql', ...access, logging: false, pool: { max: 2 } }))
  const accounts: ModelStatic<Model<Account, Account>> = sequelize.define(
    'account',
    { id: { type: DataTypes.INTEGER, primaryKey: true }, balance: DataTypes.INTEGER },
    { timestamps: false },
  )
  const options = { isolationLevel: Transaction.ISOLATION_LEVELS.READ_COMMITTED }
  return {
    async transaction(lock, work, onCommit) {
      const run = (transaction: Transaction): Promise<void> => {
        // afterCommit hooks run when the lock has been given back, which is too late here.
        const commit = transaction.commit.bind(transaction)
        transaction.commit = () => commit().then(onCommit)
        return work({
          readBalance: async (id) => {
            const account = await accounts.findByPk(id, { transaction, rejectOnEmpty: true })
            return account.getDataValue('balance')
          },
          setBalance: async (id, balance) => void (await accounts.update({ balance }, { where: { id }, transaction })),
        })
      }
      if (lock === null) await sequelize.transaction(options, run)
      else await sequelize.withNamedLock(lock, run, options)
    },
    close: () => sequelize.close(),
  }
}
