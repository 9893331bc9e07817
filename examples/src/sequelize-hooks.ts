import { isOrmutexError, lockOn, namedLocks } from '@ormutex/sequelize'
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Sequelize,
} from 'sequelize'

const sequelize = namedLocks(new Sequelize(process.env.DATABASE_URL!, { logging: false }), { namespace: 'shop' })

class Invoice extends Model<InferAttributes<Invoice>, InferCreationAttributes<Invoice>> {
  declare id: CreationOptional<number>
  declare number: CreationOptional<number | null>
  declare total: number
}

Invoice.init(
  {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    // May be null in the model: Sequelize validates before the hook below gives the number.
    number: { type: DataTypes.INTEGER, allowNull: true, unique: true },
    total: { type: DataTypes.INTEGER, allowNull: false },
  },
  { sequelize, tableName: 'invoices', timestamps: false },
)

await Invoice.sync()

// Hooks run in the order in which they were added: first the lock, then what it protects.
lockOn(Invoice, 'beforeCreate', () => 'invoice-numbers')

Invoice.addHook('beforeCreate', async (invoice, { transaction }) => {
  const last = await Invoice.max<number | null, Invoice>('number', { transaction: transaction! })
  invoice.set('number', (last ?? 0) + 1)
})

for (let count = 0; count < 5; count += 1) {
  const invoice = await sequelize.transaction((transaction) => Invoice.create({ total: 100 }, { transaction }))
  console.log(`Invoice number ${invoice.number}`)
}

try {
  await Invoice.create({ total: 100 })
} catch (error) {
  if (!isOrmutexError(error)) throw error
  console.log(`${error.code}: ${error.message}`)
}

await sequelize.close()
