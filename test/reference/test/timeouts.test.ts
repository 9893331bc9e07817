import assert from 'node:assert/strict'
import { tracingChannel } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AcquireMessage } from '@ormutex/core'
import { memoryLocks } from '@ormutex/core/memory'
import knex from 'knex'
import { createPool } from 'mysql2/promise'
import { Sequelize } from 'sequelize'
import { type Flavour, FLAVOURS } from './flavours.js'
import { code, Page } from './page.js'
import { type Locks, Scene } from './scene.js'

const page = new Page('timeouts.md')

/** Limits that are far shorter than what they would cut off if they counted. */
const SHORT = {
  mysql: 'SET SESSION wait_timeout = 1, lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, max_execution_time = 800',
  mariadb:
    'SET SESSION wait_timeout = 1, lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, max_statement_time = 0.8, ' +
    'idle_transaction_timeout = 1, idle_write_transaction_timeout = 1',
} satisfies Record<Flavour, string>

/** Longer than each of them. */
const LONGER_MS = 1_600

/** Longer than the limits of idle sessions below, whole seconds as they are. */
const IDLE_MS = 2_600

/** What nobody shows otherwise. */
type Tarn = { readonly acquireTimeoutMillis: number; readonly max: number }
type SequelizeWithPool = {
  readonly connectionManager: { readonly config: { readonly pool: { readonly acquire: number; readonly max: number } } }
}

type Trx = Parameters<Parameters<Locks['transaction']>[0]>[0]

/** What one limit ends. */
interface Strike {
  readonly only?: Flavour
  /** Sets the limit. */
  readonly begin: string
  /** @param own a row that no other strike touches */
  readonly callback: (trx: Trx, own: number) => Promise<unknown>
  readonly keepAliveMs?: number
  /** What the page says of it, in these words. */
  readonly told: string
  readonly code?: string
  readonly errno?: number
}

/** The row that somebody else has written and not committed. */
const TAKEN = 0

const write = (trx: Trx, id: number, value = '1'): Promise<unknown> =>
  trx.raw(`UPDATE striking SET value = ${value} WHERE id = ${id}`)
const idle = async (trx: Trx, own: number): Promise<void> => {
  await write(trx, own)
  await sleep(IDLE_MS)
}

/** What a limit of idle sessions does, and what keeps it from doing so. */
function idleLimit(name: string, only?: Flavour): Strike[] {
  const both = { callback: idle, ...(only === undefined ? {} : { only }) }
  return [
    { ...both, begin: `SET SESSION ${name} = 1`, told: 'LOCK_LOST', code: 'LOCK_LOST' },
    { ...both, begin: `SET SESSION ${name} = 2`, keepAliveMs: 300, told: 'keepAliveMs' },
  ]
}

/** By the variable as the page's table has it. */
const STRIKES: Readonly<Record<string, readonly Strike[]>> = {
  wait_timeout: idleLimit('wait_timeout'),
  idle_transaction_timeout: ['idle_transaction_timeout', 'idle_write_transaction_timeout'].flatMap((name) =>
    idleLimit(name, 'mariadb'),
  ),
  innodb_lock_wait_timeout: [
    {
      begin: 'SET SESSION innodb_lock_wait_timeout = 1',
      callback: (trx) => write(trx, TAKEN),
      told: 'ER_LOCK_WAIT_TIMEOUT',
      code: 'ER_LOCK_WAIT_TIMEOUT',
    },
  ],
  lock_wait_timeout: [
    {
      begin: 'SET SESSION lock_wait_timeout = 1',
      callback: (trx) => trx.raw('ALTER TABLE striking ADD COLUMN more INT'),
      told: 'ER_LOCK_WAIT_TIMEOUT',
      code: 'ER_LOCK_WAIT_TIMEOUT',
    },
  ],
  max_execution_time: [
    {
      only: 'mysql',
      begin: 'SET SESSION max_execution_time = 600',
      callback: (trx) => trx.raw('SELECT SLEEP(1) FROM striking'),
      told: 'ER_QUERY_TIMEOUT',
      code: 'ER_QUERY_TIMEOUT',
    },
    {
      only: 'mysql',
      begin: 'SET SESSION max_execution_time = 600',
      callback: (trx, own) => write(trx, own, 'SLEEP(1)'),
      told: 'and nothing else',
    },
  ],
  max_statement_time: [
    {
      only: 'mariadb',
      begin: 'SET SESSION max_statement_time = 0.6',
      callback: (trx, own) => write(trx, own, 'SLEEP(5)'),
      told: '1969',
      errno: 1969,
    },
  ],
}

describe('the page on timeouts', () => {
  const limits = new Map(
    page
      .rowsUnder('Limits of the server')
      .map(([name = '', , wait = '', callback = '']) => [code(name)!, { wait, callback }]),
  )

  it('has a row for each limit of the server that is tried here', () => {
    assert.deepEqual([...limits.keys()], Object.keys(STRIKES))
    for (const [name, { wait }] of limits) assert.match(wait, /^nothing/, name)
    for (const [name, strikes] of Object.entries(STRIKES)) {
      for (const { told } of strikes) assert.ok(limits.get(name)!.callback.includes(told), `${name}: ${told}`)
    }
  })

  for (const flavour of FLAVOURS) {
    describe(`on ${flavour}`, () => {
      const scenes: Scene[] = []
      const outcomes = new Map<Strike, Promise<unknown>>()
      let waited: Promise<{ readonly error: unknown; readonly ms: number }>
      const strikes = Object.entries(STRIKES).flatMap(([name, all]) =>
        all.filter(({ only }) => only === undefined || only === flavour).map((strike) => ({ name, strike })),
      )

      // All at once, since they mostly wait.
      before(async () => {
        const scene = await Scene.on(flavour)
        scenes.push(scene)
        const { administrator, holder } = scene
        const database = await scene.server.createDatabase()
        await administrator.query(`CREATE TABLE ${database}.striking (id INT PRIMARY KEY, value INT)`)
        const ids = [TAKEN, ...strikes.map((_, index) => index + 1)]
        await administrator.query(`INSERT INTO ${database}.striking VALUES ?`, [ids.map((id) => [id, 0])])
        await administrator.query('BEGIN')
        await administrator.query(`UPDATE ${database}.striking SET value = 1 WHERE id = ${TAKEN}`)
        const lock = await holder.acquireNamedLock('taken')
        const cut = scene.open({}, { begin: SHORT[flavour] })
        await cut.raw('SELECT 1')
        const startedAt = performance.now()
        waited = cut
          .withNamedLock('taken', () => {}, { timeoutMs: LONGER_MS })
          .then(
            () => assert.fail('granted'),
            (error: unknown) => ({ error, ms: performance.now() - startedAt }),
          )
        for (const [index, { strike }] of strikes.entries()) {
          const { begin, callback, keepAliveMs } = strike
          const db = scene.open({}, { begin, database })
          const options = keepAliveMs === undefined ? {} : { keepAliveMs }
          const call = db.withNamedLock(`strike ${index}`, (trx) => callback(trx, index + 1), options)
          outcomes.set(
            strike,
            call.then(
              () => undefined,
              (error: unknown) => error,
            ),
          )
        }
        await Promise.all([waited, ...outcomes.values()])
        await administrator.query('ROLLBACK')
        await lock.release()
      })

      after(() => Promise.all(scenes.map((scene) => scene.close())))

      it('says truly that none of them ends a wait for a lock', async () => {
        const { error, ms } = await waited
        assert.equal((error as { code?: unknown }).code, 'LOCK_TIMEOUT')
        assert.ok(ms >= LONGER_MS - 50, `after ${ms} ms`)
      })

      for (const { name, strike } of strikes) {
        it(`says truly what ${name} does: ${strike.told}`, async () => {
          const error = (await outcomes.get(strike)) as { code?: unknown; errno?: unknown } | undefined
          if (strike.code === undefined && strike.errno === undefined) assert.equal(error, undefined)
          if (strike.code !== undefined) assert.equal(error?.code, strike.code)
          if (strike.errno !== undefined) assert.equal(error?.errno, strike.errno)
        })
      }
    })
  }

  describe('in its table of options', () => {
    const rows = new Map(
      page.rowsUnder('The options').map(([name = '', given = '', range = '']) => [code(name)!, { given, range }]),
    )
    const source = readFileSync(new URL('../../../packages/core/src/options.ts', import.meta.url), 'utf8')

    it('has the defaults that hovering tells', () => {
      for (const name of rows.keys()) {
        const docstring = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s+readonly ${name}\\?`).exec(source)?.[1]
        assert.ok(docstring !== undefined, `${name} is no option`)
        const told = /@default (.+)/.exec(docstring)?.[1] ?? 'none'
        const given = rows.get(name)!.given.replaceAll(' ', '')
        assert.ok(told.replaceAll(' ', '').startsWith(given.split(/[;,]/)[0]!), `${name}: ${told} is not ${given}`)
      }
    })

    it('has the wait that counts when nobody says anything', async () => {
      const told: (number | undefined)[] = []
      const listen = (message: unknown): void => void told.push((message as AcquireMessage).timeoutMs)
      const channel = tracingChannel('ormutex:acquire')
      const subscribers = { start: listen, end() {}, asyncStart() {}, asyncEnd() {}, error() {} }
      channel.subscribe(subscribers)
      const locks = memoryLocks()
      await locks.withNamedLock('a', () => {})
      await locks.tryWithNamedLock('a', () => {})
      channel.unsubscribe(subscribers)
      assert.deepEqual(told, [10_000, 0])
    })

    it('has the ranges that are checked', async () => {
      const call = (options: object): Promise<unknown> => memoryLocks().withNamedLock('a', () => {}, options)
      const make = async (options: object): Promise<unknown> => memoryLocks(options)
      for (const [name, { range }] of rows) {
        const [least, most] = /^(\d+) to `?(\w+)`?/.exec(range)?.slice(1).map(Number) ?? []
        const use = ['handOverMs', 'maxWaiters'].includes(name) ? make : call
        if (name === 'signal') await assert.rejects(use({ signal: 5 }), /must be an AbortSignal/)
        else if (least === undefined || most === undefined) {
          assert.equal(range, 'more than 0', name)
          await use({ [name]: 0.5 })
          await assert.rejects(use({ [name]: 0 }), RangeError)
        } else {
          for (const value of [least, most]) await use({ [name]: value })
          await assert.rejects(use({ [name]: least - 1 }), RangeError)
          if (most !== Infinity) await assert.rejects(use({ [name]: most + 1 }), RangeError)
        }
      }
      await assert.rejects(call({ orphanTimeoutMs: 1_500 }), /whole seconds/)
    })
  })

  it('has the limits that pools have by default', async () => {
    const rows = page.rowsUnder("The pool's own limit").map(([pool, , limit, connections, waiting]) => ({
      pool,
      limit,
      connections: Number(connections),
      waiting: Number.parseInt(waiting!, 10),
    }))
    const tarn = (knex({ client: 'mysql2', connection: {} }).client as { pool: Tarn }).pool
    const sequelize = new Sequelize('mysql://nobody@localhost/nothing') as unknown as SequelizeWithPool
    const { acquire, max } = sequelize.connectionManager.config.pool
    const pool = createPool({})
    assert.deepEqual(
      rows.slice(0, 3).map(({ pool: of, limit, connections }) => [of, limit, connections]),
      [
        ['Knex', `${tarn.acquireTimeoutMillis} ms`, tarn.max],
        ['Sequelize', `${acquire} ms`, max],
        ['mysql2', 'none', pool.pool.config.connectionLimit],
      ],
    )
    for (const { pool: of, connections, waiting } of rows) assert.equal(waiting, Math.floor(connections / 2), of)
    await pool.end()
  })
})
