import { namedLocks } from '@ormutex/sequelize'
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Sequelize,
} from 'sequelize'

const sequelize = namedLocks(new Sequelize(process.env.DATABASE_URL!, { logging: false, pool: { max: 20 } }), {
  namespace: 'shop',
})

/**
 * One order for a request, however often that comes.
 * @param customerId who is logged in, never what the request says
 * @param requestId made by the browser with the form, not with the click
 */
async function placeOrder(customerId: number, requestId: string): Promise<{ order: Order; isNew: boolean }> {
  if (!/^[\w-]{1,64}$/.test(requestId)) throw new RangeError('requestId must be 1 to 64 letters, digits, _ or -')
  const key = `request:${customerId}:${requestId}`
  return sequelize.withNamedLock(key, async (transaction, lock) => {
    const known = await Order.findOne({ where: { customerId, requestId }, transaction })
    if (known !== null) return { order: known, isNew: false }
    const charge = await chargeCard(key, lock.signal)
    const order = await Order.create({ customerId, requestId, charge }, { transaction })
    return { order, isNew: true }
  })
}

/**
 * In an application: `fetch` to the payment provider, with this `signal`, and `key` as the provider's
 * idempotency key.
 */
async function chargeCard(key: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted()
  console.log('charged the card')
  return `charge for ${key}`
}

class Order extends Model<InferAttributes<Order>, InferCreationAttributes<Order>> {
  declare id: CreationOptional<number>
  declare customerId: number
  declare requestId: string
  declare charge: string
}
Order.init(
  {
    id: { type: DataTypes.INTEGER, autoIncrement: true, primaryKey: true },
    customerId: { type: DataTypes.INTEGER, allowNull: false, unique: 'request' },
    // Compared with case, as the lock's name is.
    requestId: { type: 'VARCHAR(64) COLLATE ascii_bin', allowNull: false, unique: 'request' },
    charge: { type: DataTypes.STRING, allowNull: false },
  },
  { sequelize, tableName: 'orders', timestamps: false },
)

await Order.sync()

// Two clicks.
const [requestId = 'a-form', customerId = '7'] = process.argv.slice(2)
const click = () => placeOrder(Number(customerId), requestId)
const answers = await Promise.all([click(), click()])

for (const { order, isNew } of answers) console.log(`order ${order.id}, ${isNew ? 'new' : 'as before'}`)
await sequelize.close()
