import { namedLocks } from '@ormutex/sequelize'
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Sequelize,
} from 'sequelize'

const sequelize = namedLocks(new Sequelize(process.env.DATABASE_URL!, { logging: false }), { namespace: 'shop' })

/** One order for a request, however often that comes. @param requestId made by the browser with the form, not with the click */
async function placeOrder(requestId: string): Promise<{ order: Order; isNew: boolean }> {
  return sequelize.withNamedLock(`request:${requestId}`, async (transaction) => {
    const known = await Order.findOne({ where: { requestId }, transaction })
    if (known !== null) return { order: known, isNew: false }
    const charge = await chargeCard(requestId)
    const order = await Order.create({ requestId, charge }, { transaction })
    return { order, isNew: true }
  })
}

/** In an application: the payment provider, with `requestId` as its idempotency key. */
async function chargeCard(requestId: string): Promise<string> {
  console.log('charged the card')
  return `charge for ${requestId}`
}

class Order extends Model<InferAttributes<Order>, InferCreationAttributes<Order>> {
  declare id: CreationOptional<number>
  declare requestId: string
  declare charge: string
}
Order.init(
  {
    id: { type: DataTypes.INTEGER, autoIncrement: true, primaryKey: true },
    requestId: { type: DataTypes.STRING(64), unique: true },
    charge: DataTypes.STRING(64),
  },
  { sequelize, tableName: 'orders', timestamps: false },
)

await Order.sync()

// Two clicks.
const requestId = process.argv[2] ?? 'a form'
const answers = await Promise.all([placeOrder(requestId), placeOrder(requestId)])

for (const { order, isNew } of answers) console.log(`order ${order.id}, ${isNew ? 'new' : 'as before'}`)
await sequelize.close()
