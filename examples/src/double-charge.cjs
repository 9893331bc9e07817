'use strict'

const { isOrmutexError, namedLocks } = require('@ormutex/sequelize')
const express = require('express')
const { DataTypes, Sequelize } = require('sequelize')

const sequelize = namedLocks(new Sequelize(process.env.DATABASE_URL, { logging: false, pool: { max: 20 } }), {
  namespace: 'shop',
  defaults: { timeoutMs: 3_000, holdTimeoutMs: 10_000 },
})
const once = { allowNull: false, unique: 'request' }
const Order = sequelize.define(
  'Order',
  {
    customerId: { type: DataTypes.INTEGER, ...once },
    requestId: { type: 'VARCHAR(64) COLLATE ascii_bin', ...once },
    charge: { type: DataTypes.STRING, allowNull: false },
  },
  { tableName: 'orders', timestamps: false },
)
const app = express()

/** In an application: `fetch` to the payment provider, with this `signal`, and `key` as its idempotency key. */
async function chargeCard(key, signal) {
  signal.throwIfAborted()
  console.log(`charged the card for ${key}`)
  return `charge for ${key}`
}

app.post('/orders', async (request, response) => {
  const customerId = 7 // Who is logged in, never what the request says.
  const requestId = request.get('Idempotency-Key') ?? ''
  if (!/^[\w-]{1,64}$/.test(requestId)) return response.status(400).json({ error: 'Idempotency-Key, please' })
  const key = `request:${customerId}:${requestId}`
  const order = await sequelize.withNamedLock(key, async (transaction, lock) => {
    const known = await Order.findOne({ where: { customerId, requestId }, transaction })
    if (known !== null) return known
    const charge = await chargeCard(key, lock.signal)
    return Order.create({ customerId, requestId, charge }, { transaction })
  })
  response.json({ order: order.id })
})

app.use((error, _request, response, next) => {
  if (!isOrmutexError(error) || error.code !== 'LOCK_TIMEOUT') return next(error)
  response.status(error.reason === 'taken' ? 409 : 503).json({ error: error.code })
})

async function main() {
  await Order.sync()
  const server = app.listen(Number(process.env.PORT ?? 3000))
  server.on('listening', () => console.log(`Listening on port ${server.address().port}`))
  process.once('SIGTERM', () => {
    setTimeout(() => process.exit(1), 25_000).unref()
    server.close(() => void sequelize.close())
  })
}

void main()
