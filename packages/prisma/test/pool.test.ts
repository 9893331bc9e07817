import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { balanceOf, type Combination, COMBINATIONS, newAccount, titleOf, withPrisma } from './opened.js'

for (const combination of COMBINATIONS) {
  describe(`a pool of one: ${titleOf(combination)}`, () => {
    const one = { poolSize: 1 }

    it('serves calls one after the other', async () => {
      await withPrisma(
        combination,
        async (prisma) => {
          const id = await newAccount(prisma)
          const addOne = (): Promise<void> =>
            prisma.$mutex('one', async (tx) => {
              const { balance } = await tx.account.findUniqueOrThrow({ where: { id } })
              await tx.account.update({ where: { id }, data: { balance: balance + 1 } })
            })
          await Promise.all(Array.from({ length: 20 }, addOne))
          assert.equal(await balanceOf(prisma, id), 20)
        },
        one,
      )
    })

    it('that is taken by the callback itself is what a further call is told', async () => {
      await withPrisma(
        combination,
        async (prisma) => {
          await prisma.$mutex('outer', async () => {
            await assert.rejects(
              prisma.$mutex('inner', () => assert.fail('ran'), { timeoutMs: 300 }),
              {
                code: 'LOCK_TIMEOUT',
                reason: 'pool',
                message: /callback .* occupies a connection itself.*tx\.\$mutex\(…\)$/,
              },
            )
          })
        },
        one,
      )
    })
  })

  describe(`acquireTimeout of the connector's pool: ${titleOf(combination)}`, () => {
    it('ends a call as LOCK_TIMEOUT of the pool', async () => {
      await withPrisma(
        combination,
        async (prisma) => {
          const lock = await prisma.$acquireMutex('all there is')
          await assert.rejects(
            prisma.$mutex('next', () => assert.fail('ran')),
            (error: { code?: string; reason?: string; cause?: unknown }) =>
              error.code === 'LOCK_TIMEOUT' && error.reason === 'pool' && error.cause instanceof Error,
          )
          await lock.release()
        },
        // Opening a connection counts, too.
        { poolSize: 1, pool: { acquireTimeout: 500 } },
      )
    })
  })
}

/**
 * At once, and not when a statement or a wait has ended by itself, in milliseconds. How soon exactly is measured by the conformance suite, one
 * at a time: here every combination runs at once.
 */
const AT_ONCE_MS = 1_000

/** Runs a test for every combination at once: they mostly wait. */
async function forEach(test: (combination: Combination) => Promise<void>): Promise<void> {
  await Promise.all(COMBINATIONS.map(test))
}

describe('a pool that cannot connect', () => {
  it('is told from one that has no connection left', () =>
    forEach(async (combination) => {
      const pool = { port: 1, acquireTimeout: 2_000 }
      await withPrisma(
        combination,
        async (prisma) => {
          await assert.rejects(
            prisma.$mutex('a', () => assert.fail('ran'), { timeoutMs: 300 }),
            {
              code: 'LOCK_TIMEOUT',
              reason: 'pool',
              message: /has given ormutex none so far: the server may be out of reach/,
            },
          )
        },
        { pool },
      )
    }))
})

describe('a pool of one is whole again', () => {
  const one = { poolSize: 1 }

  it('after a wait that was given up, and the lock is not had later', () =>
    forEach(async (combination) => {
      const name = `taken ${titleOf(combination)}`
      await withPrisma(combination, async (other) => {
        await withPrisma(
          combination,
          async (prisma) => {
            await prisma.$connect()
            const taken = await other.$acquireMutex(name)
            const controller = new AbortController()
            const reason = new Error('enough')
            const waiting = prisma.$mutex(name, () => assert.fail('ran'), { signal: controller.signal })
            await sleep(100)
            const abortedAt = performance.now()
            controller.abort(reason)
            await assert.rejects(waiting, (error) => error === reason)
            assert.ok(performance.now() - abortedAt < AT_ONCE_MS)
            // Without its connection there is no other from which the wait could be ended: it runs on, but not for long.
            const backWithin = combination.kind === 'lockable' ? 1_500 : 6_500
            await prisma.account.count()
            assert.ok(performance.now() - abortedAt < backWithin)
            await taken.release()
            // A server takes a moment to see that a waiter is gone.
            await other.$mutex(name, () => {}, { timeoutMs: 5_000 })
          },
          one,
        )
      })
    }))

  it('after a hold that took too long, in the middle of a statement', () =>
    forEach(async (combination) => {
      const name = `slow ${titleOf(combination)}`
      await withPrisma(
        combination,
        async (prisma) => {
          await prisma.$mutex(name, () => {})
          const startedAt = performance.now()
          const call = prisma.$mutex(name, (tx) => tx.$executeRaw`DO SLEEP(2)`, { holdTimeoutMs: 200 })
          await assert.rejects(call, { code: 'HOLD_TIMEOUT' })
          assert.ok(performance.now() - startedAt < 200 + AT_ONCE_MS)
          assert.equal(await prisma.$mutex(name, () => 'next', { timeoutMs: 9_000 }), 'next')
          assert.equal(await prisma.$mutexHolder(name), null)
        },
        one,
      )
    }))
})
