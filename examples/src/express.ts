import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { isOrmutexError, namedLocks } from '@ormutex/knex'
import express, { type ErrorRequestHandler, type Response } from 'express'
import knex from 'knex'

const db = namedLocks(
  knex({ client: 'mysql2', connection: process.env.DATABASE_URL!, pool: { min: 0, max: 5 } }),
  { namespace: 'shop' },
)
const app = express()

await db.raw('CREATE TABLE IF NOT EXISTS accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
await db.raw(`CREATE TABLE IF NOT EXISTS charges (account_id INT NOT NULL, id VARCHAR(191) NOT NULL,
  amount INT NOT NULL, balance INT NOT NULL, PRIMARY KEY (account_id, id))`)

/** Something that the client is to be told. */
class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

/** Aborts when the client closes its connection. */
function clientGone(response: Response): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => controller.abort())
  return controller.signal
}

app.post('/accounts/:account/charges', express.json(), async (request, response) => {
  const account_id = Number(request.params.account)
  if (!Number.isInteger(account_id)) throw new HttpError(404, 'There is no such account')
  const id = request.get('Idempotency-Key')
  const amount: unknown = request.body?.amount // In cents.
  if (id === undefined) throw new HttpError(400, 'The header Idempotency-Key is missing')
  if (!isAmount(amount)) throw new HttpError(400, 'amount must be a whole number above 0')
  const left: number = await db.withNamedLock(
    `account:${account_id}`,
    async (trx) => {
      const charged = await trx('charges').where({ account_id, id }).first()
      if (charged !== undefined) return charged.balance
      const account = await trx('accounts').where({ id: account_id }).first()
      if (account === undefined) throw new HttpError(404, 'There is no such account')
      if (account.balance < amount) throw new HttpError(422, 'The account does not hold that much')
      const balance = account.balance - amount
      await trx('accounts').where({ id: account_id }).update({ balance })
      await trx('charges').insert({ account_id, id, amount, balance })
      return balance
    },
    { timeoutMs: 2_000, holdTimeoutMs: 10_000, signal: clientGone(response) },
  )
  response.json({ balance: left })
})

/**
 * After these, nothing was charged, or (COMMIT_UNKNOWN) a repeat with the same Idempotency-Key finds out.
 * HOLD_TIMEOUT is not among them: it would take as long again.
 */
const WORTH_A_REPEAT = ['LOCK_TIMEOUT', 'LOCK_LOST', 'LOCK_DEADLOCK', 'LOCK_FAILED', 'COMMIT_UNKNOWN']

const lockErrors: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.closed) return // The client has gone: there is nobody to answer.
  if (!isOrmutexError(error) || !WORTH_A_REPEAT.includes(error.code)) return next(error)
  const isTaken = error.code === 'LOCK_TIMEOUT' && error.reason === 'taken'
  // Not its message: that says who has the lock.
  response
    .status(isTaken ? 409 : 503)
    .set('Retry-After', '1')
    .json({ error: error.code })
}

const otherErrors: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof HttpError) response.status(error.status).json({ error: error.message })
  else next(error)
}

app.use(lockErrors, otherErrors)

const server = app.listen(Number(process.env.PORT ?? 3000))
await once(server, 'listening')
console.log(`Listening on port ${(server.address() as AddressInfo).port}`)

await once(process, 'SIGTERM')
server.close() // Takes no more connections, and lets the requests that are here end.
// Connections whose last request ends only now would be kept for another 5 s (keepAliveTimeout).
const sweep = setInterval(() => server.closeIdleConnections(), 100)
await once(server, 'close')
clearInterval(sweep)
await db.destroy()
