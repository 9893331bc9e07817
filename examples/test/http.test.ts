import assert from 'node:assert/strict'
import { namedLocks, type PoolLocks } from '@ormutex/mysql2'
import { cutAfterForward, type FaultProxy, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { until } from '@ormutex-test/servers'
import { Database } from './database.js'
import { endExamples, Example, type ExampleOptions } from './example.js'

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  readonly body: unknown
}

interface ChargeOptions {
  readonly account?: number
  readonly signal?: AbortSignal
}

/** A process that serves charges, as its clients see it. */
class Service {
  readonly example: Example
  readonly #origin: Promise<string>

  constructor(framework: string, options: ExampleOptions) {
    this.example = new Example(framework, { ...options, env: { PORT: '0' } })
    this.#origin = this.example.printed(/^Listening .*?(\d+)$/m).then((match) => `http://127.0.0.1:${match[1]}`)
  }

  async charge(id: string, amount: number, { account = 42, signal }: ChargeOptions = {}): Promise<Answer> {
    const response = await fetch(`${await this.#origin}/accounts/${account}/charges`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': id },
      body: JSON.stringify({ amount }),
      ...(signal && { signal }),
    })
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json')
    const body: unknown = await (isJson ? response.json() : response.text())
    return { status: response.status, retryAfter: response.headers.get('Retry-After'), body }
  }

  /** As a client does it that is told to come again. */
  async chargePatiently(id: string, amount: number): Promise<Answer> {
    for (;;) {
      const answer = await this.charge(id, amount)
      if (answer.retryAfter === null) return answer
    }
  }

  async refusesConnections(): Promise<boolean> {
    return fetch(await this.#origin, { headers: { Connection: 'close' } }).then(
      () => false,
      () => true,
    )
  }
}

/** How many charges are made at once. */
const CHARGES = 50

// Each on one server: what differs between those is no matter of HTTP.
for (const [framework, flavour] of [
  ['express', 'mysql'],
  ['fastify', 'mariadb'],
] as const) {
  describe(`A charge over HTTP, with ${framework} on ${flavour}`, function () {
    this.timeout(60_000)
    let database: Database
    let locks: PoolLocks
    let proxy: FaultProxy
    let services: [Service, Service]

    before(async () => {
      database = await Database.open(flavour)
      locks = namedLocks(database.pool, { namespace: 'shop' })
      const url = new URL(database.url)
      proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) })
      const direct = new Service(framework, { url: url.href })
      url.port = String(proxy.port)
      services = [direct, new Service(framework, { url: url.href })]
      await Promise.all(services.map(({ example }) => example.printed(/^Listening/m)))
    })
    beforeEach(async () => {
      for (const table of ['charges', 'accounts']) await database.pool.query(`DELETE FROM ${table}`)
      await database.pool.query('INSERT INTO accounts VALUES (42, 100)')
    })
    after(async () => {
      await endExamples()
      await proxy.close()
      await database.close()
    })

    async function balance(): Promise<number> {
      const [account] = (await database.rows('SELECT balance FROM accounts WHERE id = 42')) as { balance: number }[]
      const charges = (await database.rows('SELECT amount FROM charges WHERE account_id = 42')) as { amount: number }[]
      assert.equal(
        charges.reduce((rest, { amount }) => rest - amount, 100),
        account!.balance,
      )
      return account!.balance
    }

    it('is made once for each of many requests at once to two processes', async () => {
      const ids = Array.from({ length: CHARGES }, (_, index) => `charge-${index}`)
      // Each is sent to both: a repeat, as of a client that has lost patience.
      const [one, other] = services
      const answers = await Promise.all([
        ...ids.map((id) => one.chargePatiently(id, 1)),
        ...ids.toReversed().map((id) => other.chargePatiently(id, 1)),
      ])
      const balances = answers.map(({ status, body }) => {
        assert.equal(status, 200)
        return (body as { balance: number }).balance
      })
      assert.deepEqual(
        [...new Set(balances)].toSorted((a, b) => b - a),
        Array.from({ length: CHARGES }, (_, index) => 99 - index),
      )
      assert.equal(await balance(), 100 - CHARGES)
    })

    it('is refused for what cannot be charged, and nothing is done', async () => {
      const [service] = services
      assert.equal((await service.charge('too much', 101)).status, 422)
      assert.equal((await service.charge('no such account', 1, { account: 7 })).status, 404)
      assert.equal((await service.charge('no amount', -1)).status, 400)
      assert.equal(await balance(), 100)
    })

    it('is refused with 409 where somebody else has the account, who is not named, and 503 where the pool is used up', async () => {
      const others = [1, 2, 3, 4, 5]
      await database.pool.query('INSERT INTO accounts VALUES ?', [others.map((account) => [account, 1])])
      await using lock = await locks.acquireNamedLock('account:42')
      await using gate = await database.closeGate('SELECT * FROM accounts WHERE id < 6')
      const charges = others.map((account) => services[1].charge('busy', 1, { account }))
      await gate.reachedBy(others.length)
      const answers = await Promise.all(services.map((service) => service.charge('refused', 1)))
      await gate.open()
      await lock.release()
      assert.deepEqual(answers, [
        { status: 409, retryAfter: '1', body: { error: 'LOCK_TIMEOUT' } },
        { status: 503, retryAfter: '1', body: { error: 'LOCK_TIMEOUT' } },
      ])
      for (const charge of charges) assert.equal((await charge).status, 200)
      assert.equal(await balance(), 100)
    })

    it('is not waited for any more when the client has gone', async () => {
      await using lock = await locks.acquireNamedLock('account:42')
      const gone = new AbortController()
      const call = services[0].charge('gone', 1, { signal: gone.signal })
      await database.lockAwaitedBy(1)
      gone.abort()
      await assert.rejects(call, { name: 'AbortError' })
      await database.lockAwaitedBy(0)
      assert.equal((await locks.namedLockHolder('account:42'))?.sessionId, lock.sessionId)
      await lock.release()
      assert.equal(await balance(), 100)
    })

    it('is refused with 503 when the connection is lost, and nothing is charged', async () => {
      await using gate = await database.closeGate('SELECT * FROM accounts')
      const call = services[0].charge('lost', 1)
      await gate.reachedBy(1)
      const holder = await locks.namedLockHolder('account:42')
      await database.pool.query(`KILL ${holder!.sessionId}`)
      assert.deepEqual(await call, { status: 503, retryAfter: '1', body: { error: 'LOCK_LOST' } })
      await gate.open()
      assert.equal(await balance(), 100)
    })

    it('is refused with 500 when it takes too long, with no word of coming again, and nothing is charged', async () => {
      const impatient = new Service(framework, {
        url: database.url,
        changed: [/holdTimeoutMs: 10_000/, 'holdTimeoutMs: 200'],
      })
      await impatient.example.printed(/^Listening/m)
      await using gate = await database.closeGate('SELECT * FROM accounts')
      const { status, retryAfter } = await impatient.charge('slow', 1)
      assert.deepEqual({ status, retryAfter }, { status: 500, retryAfter: null })
      await gate.open()
      assert.equal(await balance(), 100)
    })

    it('is found out by a repeat when nobody knows whether it was committed', async () => {
      const rule = proxy.on(/^COMMIT/i, cutAfterForward())
      const unknown = await services[1].charge('unknown', 1)
      assert.equal(rule.hits, 1)
      assert.deepEqual(unknown, { status: 503, retryAfter: '1', body: { error: 'COMMIT_UNKNOWN' } })
      const repeat = await services[1].charge('unknown', 1)
      assert.deepEqual(repeat, { status: 200, retryAfter: null, body: { balance: 99 } })
      assert.equal(await balance(), 99)
    })

    it('is still made when the process is told to end, which then takes no more and ends', async () => {
      const [service] = services
      await using gate = await database.closeGate('SELECT * FROM accounts')
      const call = service.charge('last', 1)
      await gate.reachedBy(1)
      service.example.child.kill('SIGTERM')
      await until('it takes no more connections', () => service.refusesConnections())
      await gate.open()
      assert.deepEqual(await call, { status: 200, retryAfter: null, body: { balance: 99 } })
      await service.example.succeeded()
      assert.equal(await balance(), 99)
    })
  })
}
