import { once } from 'node:events'
import { isOrmutexError, namedLocks } from '@ormutex/mysql2'
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { createPool, type RowDataPacket } from 'mysql2/promise'

const pool = createPool({ uri: process.env.DATABASE_URL!, connectionLimit: 5 })
const locks = namedLocks(pool, { namespace: 'shop' })
const app = fastify()

await pool.query('CREATE TABLE IF NOT EXISTS accounts (id INT PRIMARY KEY, balance INT NOT NULL)')
await pool.query(`CREATE TABLE IF NOT EXISTS charges (account_id INT NOT NULL, id VARCHAR(191) NOT NULL,
  amount INT NOT NULL, balance INT NOT NULL, PRIMARY KEY (account_id, id))`)

/** Something that the client is to be told. */
class HttpError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message)
  }
}

/** Aborts when the client closes its connection. */
function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}

interface Charge {
  Params: { account: number }
  Headers: { 'idempotency-key': string }
  Body: { amount: number }
}

const schema = {
  params: { type: 'object', properties: { account: { type: 'integer' } } },
  headers: {
    type: 'object',
    properties: { 'idempotency-key': { type: 'string' } },
    required: ['idempotency-key'],
  },
  body: { type: 'object', properties: { amount: { type: 'integer', minimum: 1 } }, required: ['amount'] },
}

app.post<Charge>('/accounts/:account/charges', { schema }, async (request, reply) => {
  const { account } = request.params
  const { 'idempotency-key': id } = request.headers
  const { amount } = request.body
  return locks.withNamedLock(
    `account:${account}`,
    async (connection) => {
      const rows = async (sql: string, values: unknown[]) =>
        (await connection.query<RowDataPacket[]>(sql, values))[0]
      const [charged] = await rows('SELECT balance FROM charges WHERE account_id = ? AND id = ?', [account, id])
      if (charged !== undefined) return { balance: charged['balance'] as number }
      const [found] = await rows('SELECT balance FROM accounts WHERE id = ?', [account])
      if (found === undefined) throw new HttpError(404, 'There is no such account')
      if (found['balance'] < amount) throw new HttpError(422, 'The account does not hold that much')
      const balance: number = found['balance'] - amount
      await connection.query('UPDATE accounts SET balance = ? WHERE id = ?', [balance, account])
      await connection.query('INSERT INTO charges SET ?', [{ account_id: account, id, amount, balance }])
      return { balance }
    },
    { timeoutMs: 2_000, holdTimeoutMs: 10_000, signal: clientGone(reply) },
  )
})

/**
 * After these, nothing was charged, or (COMMIT_UNKNOWN) a repeat with the same Idempotency-Key finds out.
 * HOLD_TIMEOUT is not among them: it would take as long again.
 */
const WORTH_A_REPEAT = ['LOCK_TIMEOUT', 'LOCK_LOST', 'LOCK_DEADLOCK', 'LOCK_FAILED', 'COMMIT_UNKNOWN']

app.setErrorHandler((error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
  if (isOrmutexError(error) && WORTH_A_REPEAT.includes(error.code)) {
    const isTaken = error.code === 'LOCK_TIMEOUT' && error.reason === 'taken'
    // Not its message: that says who has the lock.
    return reply
      .code(isTaken ? 409 : 503)
      .header('Retry-After', '1')
      .send({ error: error.code })
  }
  return reply.send(error)
})

app.addHook('onClose', () => pool.end())
const address = await app.listen({ port: Number(process.env.PORT ?? 3000), host: '0.0.0.0' })
console.log(`Listening on ${address}`)

await once(process, 'SIGTERM')
// Connections whose last request ends only now would be kept for another 72 s (keepAliveTimeout).
const sweep = setInterval(() => app.server.closeIdleConnections(), 100)
await app.close() // Takes no more connections, lets the requests that are here end, and then runs onClose.
clearInterval(sweep)
