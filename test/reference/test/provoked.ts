import assert from 'node:assert/strict'
import { once } from 'node:events'
import { LockTimeoutError } from '@ormutex/core'
import { cutAfterForward, startFaultProxy } from '@ormutex/testkit/fault-proxy'
import { namedLocks } from '@ormutex/sequelize'
import { until } from '@ormutex-test/servers'
import { Sequelize } from 'sequelize'
import type { Locks, Scene } from './scene.js'

type Provocation = (scene: Scene) => Promise<unknown>

async function held(scene: Scene, ask: () => Promise<unknown>): Promise<unknown> {
  await using _ = await scene.holder.acquireNamedLock('user:42')
  return await ask()
}

/** How long a machine may be busy, in milliseconds; how often it is too busy is what the conformance suite is about. */
const LONGEST_BUSY_MS = 5_000

/** Refused when the server has said in time who has it: to ask that must not make the call late, and a busy machine may not have found out. */
async function taken(scene: Scene): Promise<never> {
  let refusal: unknown
  const isTold = async (): Promise<boolean> => {
    refusal = await scene.waiter.acquireNamedLock('user:42', { timeoutMs: 200 }).then(
      () => assert.fail('granted'),
      (error: unknown) => error,
    )
    return !(refusal instanceof LockTimeoutError) || refusal.holder !== null
  }
  await held(scene, () => until('it is told who has the lock', isTold, LONGEST_BUSY_MS))
  throw refusal
}

async function interrupted(scene: Scene): Promise<unknown> {
  return held(scene, async () => {
    const waiting = scene.waiter.acquireNamedLock('user:42')
    const [outcome] = await Promise.allSettled([waiting, scene.waitingSession().then((id) => scene.kill('QUERY', id))])
    if (outcome.status === 'fulfilled') return outcome.value
    throw outcome.reason
  })
}

/** How to come by what the page on errors shows, by the words that mark it there: each rejects with it. */
export const PROVOCATIONS: Readonly<Record<string, Provocation>> = {
  'taken on mysql': taken,
  'taken on mariadb': taken,
  'asked once': (scene) => held(scene, () => scene.holder.acquireNamedLock('user:42', { timeoutMs: 0 })),
  pool: (scene) => {
    const db = scene.open({}, { poolSize: 1 })
    return db.withNamedLock('user:42', () => db.withNamedLock('user:43', () => {}, { timeoutMs: 200 }))
  },
  lost: (scene) =>
    scene.holder.withNamedLock('user:42', async (_, lock) => {
      const lost = once(lock.signal, 'abort')
      await scene.kill('CONNECTION', lock.sessionId)
      await lost
    }),
  deadlock: async (scene) => {
    let inside = 0
    let bothAreInside!: () => void
    const both = new Promise<void>((resolve) => (bothAreInside = resolve))
    const take = (db: Locks, first: string, second: string): Promise<void> =>
      db.transaction((trx) =>
        trx.withNamedLock(first, async () => {
          if (++inside === 2) bothAreInside()
          await both
          await trx.withNamedLock(second, () => {})
        }),
      )
    const outcomes = await Promise.allSettled([
      take(scene.holder, 'user:41', 'user:42'),
      take(scene.waiter, 'user:42', 'user:41'),
    ])
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.equal(refused.length, 1)
    throw refused[0]!.reason
  },
  reentry: ({ holder }) => holder.withNamedLock('user:42', () => holder.withNamedLock('user:42', () => {})),
  unsupported: async (scene) => {
    await scene.administrator.query('SET GLOBAL read_only = ON')
    try {
      return await scene.open().withNamedLock('user:42', () => {})
    } finally {
      await scene.administrator.query('SET GLOBAL read_only = OFF')
    }
  },
  'no transaction': async ({ server }) => {
    const sequelize = namedLocks(new Sequelize(server.url, { dialect: 'mysql', logging: false }))
    // As untyped code has it.
    const options = { transaction: undefined as never }
    try {
      return await sequelize.withNamedLock('user:42', () => {}, options)
    } finally {
      await sequelize.close()
    }
  },
  'no server': (scene) => scene.open({}, { port: 1 }).withNamedLock('user:42', () => {}),
  'interrupted on mysql': interrupted,
  'interrupted on mariadb': interrupted,
  'shut down': (scene) =>
    held(scene, async () => {
      const db = scene.open()
      const waiting = db.acquireNamedLock('user:42')
      await Promise.allSettled([waiting, scene.waitingSession().then(() => db.destroy())])
      return waiting
    }),
  'held for too long': (scene) =>
    scene.holder.withNamedLock('user:42', (_, lock) => once(lock.signal, 'abort'), { holdTimeoutMs: 150 }),
  'commit unknown': async (scene) => {
    const proxy = await startFaultProxy({ host: scene.server.host, port: scene.server.port })
    proxy.on(/^COMMIT/i, cutAfterForward())
    try {
      return await scene.open({}, { port: proxy.port }).withNamedLock('user:42', (trx) => trx.raw('SELECT 1'))
    } finally {
      await proxy.close()
    }
  },
}

/** Calls as no compiler lets them pass, in the order of the page. */
export const MISUSES: readonly ((db: never) => Promise<unknown>)[] = (
  [
    (db) => db.withNamedLock(42, () => {}),
    (db) => db.withNamedLock('user:42'),
    (db) => db.withNamedLock('user:42', () => {}, { timeout: 5 }),
    (db) => db.withNamedLock('user:42', () => {}, { timeoutMs: '5s' }),
    (db) => db.withNamedLock('user:42', () => {}, { timeoutMs: -1 }),
    (db) => db.withNamedLock('user:42', () => {}, { orphanTimeoutMs: 1_500 }),
  ] satisfies ((db: { withNamedLock(...args: unknown[]): Promise<unknown> }) => Promise<unknown>)[]
).map((misuse) => misuse as (db: never) => Promise<unknown>)
