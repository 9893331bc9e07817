import { namedLocks } from '@ormutex/sequelize'
import { DataTypes, type Model, Sequelize } from 'sequelize'

const sequelize = namedLocks(new Sequelize(process.env.DATABASE_URL!, { logging: false }), { namespace: 'shop' })
const Account = sequelize.define<Model & { balance: number }>(
  'Account',
  { balance: DataTypes.INTEGER },
  { tableName: 'accounts', timestamps: false },
)

const balance = await sequelize.withNamedLock('account:42', async (transaction) => {
  const account = await Account.findByPk(42, { transaction, rejectOnEmpty: true })
  await account.update({ balance: account.balance - 10 }, { transaction })
  return account.balance
})

console.log(`${balance} left`)
await sequelize.close()
